print("token-manager")
