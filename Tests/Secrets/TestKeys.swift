/// Keys made for these tests alone, the same RSA and EC key in every form; nothing trusts them.
enum TestKeys {
    static let rsaPKCS8 = """
        -----BEGIN PRIVATE KEY-----
        MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQC0IK/QJOIO9unk
        kV0vH3cRTN+0dkRFg7h3303SW/TuyYPPd0JLRYgEvREPdwC4PrZsfBpIdJAHFgR8
        jAqauEOs5nuwBLChJJ+58tgPICuXWbTdD1HtQEk3XKG/JaWfTzcmgIzUkHMFIlgF
        T5dXA3/peYJH/knkrbY+Ik6fJI6qYjFSC88uRx6rTB9T8tfAcnfwovCcmpjW5uXp
        7QhZU7rK1qDkrbl9u01jimo603Cro0idZqhMvfaDzhBZkWAFpdp3rAIciPxFkRTo
        73EvGqrJEcazX/vJDRDsl97laNFKDtW3YqUGwkPhXMHR4yVuj1av5rrPfKCnTr0I
        nvK2WVbJAgMBAAECggEAEuwzJAnX4KwSNqOJt0NWMhBSGOZqtiXICXnBNmXYJYSw
        bulPotIvX5YQFoCRKAnYhq2D4lQydDgdKQtaKtZML7v3xu47MvaCvBlVlsMxqSDw
        pd9v4x1jg6gcytSU4VdESyxqfwMcvi+VMRujIa45sAiGhfMiBp60HDNk8IV54k6o
        ezQR86vZwEbHKZq55Nz5H6zyXFrpTMcxsltkZ8YHjOIkc1WtqeaDiiIzJjEk1mo6
        C+emIkXr6tZ4+bH0Fi40aTU6drazSekWb33f5gA9vX1vG/7ChPzx0zzhGxiKcqYv
        XrRHEA9GxAwYmK7ia5z2bXRpG1Oov6Pgws70b7aPIQKBgQDy6TBNngVCTwVT3QIs
        XpPSlMv2ctydlxZ2RAk/+d4GpzDXwoowhV2G1mk91A+6PasBYXHvQ8SZtZwVLMCu
        27SUlqcxK36MYL9qkcSgmdV3SDmfvcGg7WBBpUiiTD+6FbP5p9Po0+SUXUbRp9/2
        cz7OmcTOL0jVHOhHtQG2AH8UeQKBgQC91XDndy8ratxZgEvCl0LUEw85stseTA6g
        blfqgFUgyKSONRth8WppNKIIN2s5SS78cZhpuasq5TdLys+j8woPztSxtZ/gxRi/
        ZI0V/a+hX1EbWftoCi8NYxP9i4lbgPeDdzEwluochr17c/GJOfktKo/H9DMV9jph
        e3LNML6g0QKBgQCEeveULW3S10Qhk/TefAqFHBANbmGyNTfT8pFU6hLUcBTsZ7Z0
        dhgnNQMa7HBTc9SzIRFBnCU6a9kfl1PTShI3w96Vq5IOP6nGFpA1wxCwSJzc6WIU
        QcJwqxNtKMbM149bxtOFNSOCY0j/iV5VjE8h4K18gj9ns6dfjHHNcIHeiQKBgEk+
        Pw+vlo2D73zA2Xo87lXw/KDgd1abNdGEgXtDBJVflM4hg20ovkvVOOc+qqoxqGVS
        VuID9xzXz5v4pmC1dx5eSQY/822/3iqKWz0u4kK7Cgopj6y2sSzTG3VqDxc1DUq2
        BE6hC7bx7c3iEEFIEvHwSAV4HPXOSPwvqz2sHwDhAoGBALuxaOq29BomOHAVRb0N
        43JoABS6+Yqu3vAlq6DVPvZXrDhDLjeMVhEa0+/W6r97usH05oW66DqqLI8cfpRU
        ftuIARVnrgcuSFMRavZ2Iyxpey0RAFUhKCjeief4FkYFOx2Z83SADYSmhWJQRe87
        Qs9jtHAAfpXzMNU64RHIAlS9
        -----END PRIVATE KEY-----
        """

    static let rsaPKCS1 = """
        -----BEGIN RSA PRIVATE KEY-----
        MIIEpAIBAAKCAQEAtCCv0CTiDvbp5JFdLx93EUzftHZERYO4d99N0lv07smDz3dC
        S0WIBL0RD3cAuD62bHwaSHSQBxYEfIwKmrhDrOZ7sASwoSSfufLYDyArl1m03Q9R
        7UBJN1yhvyWln083JoCM1JBzBSJYBU+XVwN/6XmCR/5J5K22PiJOnySOqmIxUgvP
        Lkceq0wfU/LXwHJ38KLwnJqY1ubl6e0IWVO6ytag5K25fbtNY4pqOtNwq6NInWao
        TL32g84QWZFgBaXad6wCHIj8RZEU6O9xLxqqyRHGs1/7yQ0Q7Jfe5WjRSg7Vt2Kl
        BsJD4VzB0eMlbo9Wr+a6z3ygp069CJ7ytllWyQIDAQABAoIBABLsMyQJ1+CsEjaj
        ibdDVjIQUhjmarYlyAl5wTZl2CWEsG7pT6LSL1+WEBaAkSgJ2Iatg+JUMnQ4HSkL
        WirWTC+798buOzL2grwZVZbDMakg8KXfb+MdY4OoHMrUlOFXREssan8DHL4vlTEb
        oyGuObAIhoXzIgaetBwzZPCFeeJOqHs0EfOr2cBGxymaueTc+R+s8lxa6UzHMbJb
        ZGfGB4ziJHNVranmg4oiMyYxJNZqOgvnpiJF6+rWePmx9BYuNGk1Ona2s0npFm99
        3+YAPb19bxv+woT88dM84RsYinKmL160RxAPRsQMGJiu4muc9m10aRtTqL+j4MLO
        9G+2jyECgYEA8ukwTZ4FQk8FU90CLF6T0pTL9nLcnZcWdkQJP/neBqcw18KKMIVd
        htZpPdQPuj2rAWFx70PEmbWcFSzArtu0lJanMSt+jGC/apHEoJnVd0g5n73BoO1g
        QaVIokw/uhWz+afT6NPklF1G0aff9nM+zpnEzi9I1RzoR7UBtgB/FHkCgYEAvdVw
        53cvK2rcWYBLwpdC1BMPObLbHkwOoG5X6oBVIMikjjUbYfFqaTSiCDdrOUku/HGY
        abmrKuU3S8rPo/MKD87UsbWf4MUYv2SNFf2voV9RG1n7aAovDWMT/YuJW4D3g3cx
        MJbqHIa9e3PxiTn5LSqPx/QzFfY6YXtyzTC+oNECgYEAhHr3lC1t0tdEIZP03nwK
        hRwQDW5hsjU30/KRVOoS1HAU7Ge2dHYYJzUDGuxwU3PUsyERQZwlOmvZH5dT00oS
        N8PelauSDj+pxhaQNcMQsEic3OliFEHCcKsTbSjGzNePW8bThTUjgmNI/4leVYxP
        IeCtfII/Z7OnX4xxzXCB3okCgYBJPj8Pr5aNg+98wNl6PO5V8Pyg4HdWmzXRhIF7
        QwSVX5TOIYNtKL5L1TjnPqqqMahlUlbiA/cc18+b+KZgtXceXkkGP/Ntv94qils9
        LuJCuwoKKY+strEs0xt1ag8XNQ1KtgROoQu28e3N4hBBSBLx8EgFeBz1zkj8L6s9
        rB8A4QKBgQC7sWjqtvQaJjhwFUW9DeNyaAAUuvmKrt7wJaug1T72V6w4Qy43jFYR
        GtPv1uq/e7rB9OaFuug6qiyPHH6UVH7biAEVZ64HLkhTEWr2diMsaXstEQBVISgo
        3onn+BZGBTsdmfN0gA2EpoViUEXvO0LPY7RwAH6V8zDVOuERyAJUvQ==
        -----END RSA PRIVATE KEY-----
        """

    static let ecSEC1 = """
        -----BEGIN EC PARAMETERS-----
        BggqhkjOPQMBBw==
        -----END EC PARAMETERS-----
        -----BEGIN EC PRIVATE KEY-----
        MHcCAQEEIKJ1TCUZdfQBgVHPUT0SUbxEYBYJZPpJ7LvDXRQdixTroAoGCCqGSM49
        AwEHoUQDQgAEXqEqp/3FzDNiZGi3wE9c9u4tgDnuQn48cnXc5m6cEv/D44+sLoHO
        fHvO4Cmw5LcqI3lRSU6Ut4qwZV8AMXblsg==
        -----END EC PRIVATE KEY-----
        """

    static let ecPKCS8 = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgonVMJRl19AGBUc9R
        PRJRvERgFglk+knsu8NdFB2LFOuhRANCAAReoSqn/cXMM2JkaLfAT1z27i2AOe5C
        fjxyddzmbpwS/8Pjj6wugc58e87gKbDktyojeVFJTpS3irBlXwAxduWy
        -----END PRIVATE KEY-----
        """

    static let rsaJWK = """
        {"kty": "RSA", "kid": "key-1", "alg": "RS384", "e": "AQAB",
        "n": "tCCv0CTiDvbp5JFdLx93EUzftHZERYO4d99N0lv07smDz3dCS0WIBL0RD3cAuD62bHwaSHSQBxYEfIwKmrhDrOZ7sASwoSSfufLYDyArl1m03Q9R7UBJN1yhvyWln083JoCM1JBzBSJYBU-XVwN_6XmCR_5J5K22PiJOnySOqmIxUgvPLkceq0wfU_LXwHJ38KLwnJqY1ubl6e0IWVO6ytag5K25fbtNY4pqOtNwq6NInWaoTL32g84QWZFgBaXad6wCHIj8RZEU6O9xLxqqyRHGs1_7yQ0Q7Jfe5WjRSg7Vt2KlBsJD4VzB0eMlbo9Wr-a6z3ygp069CJ7ytllWyQ",
        "d": "EuwzJAnX4KwSNqOJt0NWMhBSGOZqtiXICXnBNmXYJYSwbulPotIvX5YQFoCRKAnYhq2D4lQydDgdKQtaKtZML7v3xu47MvaCvBlVlsMxqSDwpd9v4x1jg6gcytSU4VdESyxqfwMcvi-VMRujIa45sAiGhfMiBp60HDNk8IV54k6oezQR86vZwEbHKZq55Nz5H6zyXFrpTMcxsltkZ8YHjOIkc1WtqeaDiiIzJjEk1mo6C-emIkXr6tZ4-bH0Fi40aTU6drazSekWb33f5gA9vX1vG_7ChPzx0zzhGxiKcqYvXrRHEA9GxAwYmK7ia5z2bXRpG1Oov6Pgws70b7aPIQ",
        "p": "8ukwTZ4FQk8FU90CLF6T0pTL9nLcnZcWdkQJP_neBqcw18KKMIVdhtZpPdQPuj2rAWFx70PEmbWcFSzArtu0lJanMSt-jGC_apHEoJnVd0g5n73BoO1gQaVIokw_uhWz-afT6NPklF1G0aff9nM-zpnEzi9I1RzoR7UBtgB_FHk",
        "q": "vdVw53cvK2rcWYBLwpdC1BMPObLbHkwOoG5X6oBVIMikjjUbYfFqaTSiCDdrOUku_HGYabmrKuU3S8rPo_MKD87UsbWf4MUYv2SNFf2voV9RG1n7aAovDWMT_YuJW4D3g3cxMJbqHIa9e3PxiTn5LSqPx_QzFfY6YXtyzTC-oNE"}
        """

    static let ecJWK = """
        {"kty": "EC", "crv": "P-256", "kid": "key-2", "d": "onVMJRl19AGBUc9RPRJRvERgFglk-knsu8NdFB2LFOs",
        "x": "XqEqp_3FzDNiZGi3wE9c9u4tgDnuQn48cnXc5m6cEv8", "y": "w-OPrC6Bznx7zuApsOS3KiN5UUlOlLeKsGVfADF25bI"}
        """

    /// What `printf header.payload | openssl dgst -sha256 -sign` made with the RSA key.
    static let opensslSignature = """
        Wq9u2d2B0xTvTlVQ-nT5v4_KxBrNw4vLyuMF8WBgFhAKI6wruXnCvtj1y7av1u_XJDduIlaGwW6P4h7ABSjzXJ_Mo4V-dQ0U03KB217MG4llv3J9U893AcTin1vUlAJC2exkqFZAogj_jp6Tnvhoxkm_v02lVBpOBx4xtLodd96tLWONOgOCEyR7YLyRLMaRwr4Diko3_yiwoF1jG-dkX_RUPEwnlraB9lRsCtFvoHsD2WXwHrnTiMPWpV7oZLXk0OL_9E5VHqrJbAdb3BsdRT_s5jeEWYHOywSm9fniXkqbg7eg01aAL_gcMrekTivetC0jIqmM3d-zlRiEvLAJDA
        """
}
