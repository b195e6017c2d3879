import CCurl

// libcurl's callbacks: they find their Transfer by the context pointer, which the loop keeps alive while the handle runs.

extension Transfer {
    func installCallbacks() {
        let context = UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque())
        easy.check(tm_curl_set_open_socket(easy.pointer, openSocketCallback))
        easy.setPointer(CURLOPT_OPENSOCKETDATA, context)
        easy.check(tm_curl_set_pre_request(easy.pointer, preRequestCallback))
        easy.setPointer(CURLOPT_PREREQDATA, context)
        easy.setData(CURLOPT_HEADERFUNCTION, headerCallback)
        easy.setPointer(CURLOPT_HEADERDATA, context)
        easy.setData(CURLOPT_WRITEFUNCTION, bodyCallback)
        easy.setPointer(CURLOPT_WRITEDATA, context)
    }
}

private func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer? {
    context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
}

private let openSocketCallback: curl_opensocket_callback = { context, _, address in
    guard let transfer = transfer(context), let address else { return CURL_SOCKET_BAD }
    return transfer.openSocket(address)
}

private let preRequestCallback: curl_prereq_callback = { context, _, _, _, _ in
    transfer(context)?.mayWrite() == true ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}

/// Any count but the one given ends the transfer.
private func taken(_ count: Int, _ wasTaken: Bool?) -> Int { wasTaken == true ? count : (count == 0 ? 1 : 0) }

private let headerCallback: tm_curl_data_callback = { bytes, size, count, context in
    let total = size * count
    return taken(total, transfer(context)?.readHeader(UnsafeRawBufferPointer(start: bytes, count: total)))
}

private let bodyCallback: tm_curl_data_callback = { bytes, size, count, context in
    let total = size * count
    return taken(total, transfer(context)?.readBody(UnsafeRawBufferPointer(start: bytes, count: total)))
}
