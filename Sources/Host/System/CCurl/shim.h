// libcurl for Swift: its variadic functions as plain ones, and the few reads that need C types.
#ifndef TOKEN_MANAGER_CCURL_H
#define TOKEN_MANAGER_CCURL_H

#include <curl/curl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

// The names stand in parentheses because curl.h wraps the functions in type-checking macros that want a constant option.

static inline CURLcode tm_curl_set_long(CURL *easy, CURLoption option, long value) {
    return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode tm_curl_set_offset(CURL *easy, CURLoption option, int64_t value) {
    return (curl_easy_setopt)(easy, option, (curl_off_t)value);
}

/// libcurl copies the string.
static inline CURLcode tm_curl_set_string(CURL *easy, CURLoption option, const char *value) {
    return (curl_easy_setopt)(easy, option, value);
}

/// libcurl keeps the pointer: it must stay valid until the handle is cleaned up.
static inline CURLcode tm_curl_set_pointer(CURL *easy, CURLoption option, const void *value) {
    return (curl_easy_setopt)(easy, option, value);
}

/// Gives libcurl bytes by reference (CURL_BLOB_NOCOPY): they must stay valid until the handle is cleaned up.
static inline CURLcode tm_curl_set_blob(CURL *easy, CURLoption option, void *bytes, size_t count) {
    struct curl_blob blob = {.data = bytes, .len = count, .flags = CURL_BLOB_NOCOPY};
    return (curl_easy_setopt)(easy, option, &blob);
}

typedef size_t (*tm_curl_data_callback)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode tm_curl_set_data_callback(CURL *easy, CURLoption option, tm_curl_data_callback callback) {
    return (curl_easy_setopt)(easy, option, callback);
}

static inline CURLcode tm_curl_set_open_socket(CURL *easy, curl_opensocket_callback callback) {
    return (curl_easy_setopt)(easy, CURLOPT_OPENSOCKETFUNCTION, callback);
}

static inline CURLcode tm_curl_set_pre_request(CURL *easy, curl_prereq_callback callback) {
    return (curl_easy_setopt)(easy, CURLOPT_PREREQFUNCTION, callback);
}

/// Copies the IP address out, in network order: 4 or 16 bytes; 0 for any other family.
static inline int tm_curl_address(const struct curl_sockaddr *address, uint8_t bytes[16]) {
    if (address->family == AF_INET) {
        memcpy(bytes, &((const struct sockaddr_in *)&address->addr)->sin_addr, 4);
        return 4;
    }
    if (address->family == AF_INET6) {
        memcpy(bytes, &((const struct sockaddr_in6 *)&address->addr)->sin6_addr, 16);
        return 16;
    }
    return 0;
}

/// memset that the compiler may not leave out.
static inline void tm_wipe(void *bytes, size_t count) {
    memset(bytes, 0, count);
    __asm__ __volatile__("" : : "r"(bytes) : "memory");
}

/// Overwrites every line, then frees the list.
static inline void tm_curl_wipe_list(struct curl_slist *list) {
    for (struct curl_slist *line = list; line; line = line->next) tm_wipe(line->data, strlen(line->data));
    curl_slist_free_all(list);
}

#endif
