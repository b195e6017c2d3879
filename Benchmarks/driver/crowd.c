/* Thousands of callers in one thread: keep-alive connections to hosts in turns, the same request from all at once, and the
 * time that each waits for its answer. In C, since the caller must cost little beside the hosts that it measures: a caller
 * here is three system calls.
 *
 * usage: crowd CALLERS PORT...
 *
 * Prints "open" when all are connected. Then for each round it reads a line "BYTES TEXT" and a request of so many bytes, sends
 * it from all, waits until each has a 200 with TEXT in it, and prints "sent MICROSECONDS", from the first request to the last,
 * and for each caller "ARRIVED READ": microseconds from its own request until the whole answer was in its socket, by the
 * kernel's stamp, and until it was read. Whatever is not as it should be ends it with exit code 1 and a line on stderr. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

enum { LONGEST = 16384, PATIENCE_MS = 60000 };

struct caller {
    int fd;
    size_t have;
    int64_t began, arrived, read;
    char answer[LONGEST + 1];
};

static void die(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    fputs("crowd: ", stderr);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    exit(1);
}

/* The clock of the kernel's stamps. */
static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return time.tv_sec * INT64_C(1000000) + time.tv_nsec / 1000;
}

static int opened(int port)
{
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons(port)};
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&place, sizeof place) < 0)
        die("no connection to port %d: %s", port, strerror(errno));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one);
    return fd;
}

/* Reads what is there; the stamp is that of the last bytes. */
static void receive(struct caller *caller)
{
    char control[CMSG_SPACE(sizeof(struct timespec))];
    struct iovec part = {caller->answer + caller->have, LONGEST - caller->have};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t count = recvmsg(caller->fd, &message, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) die("an answer was cut: %s", count < 0 ? strerror(errno) : "the host hung up, or it is too long");
    caller->have += count;
    caller->answer[caller->have] = 0;
    caller->read = caller->arrived = now();
    for (struct cmsghdr *one = CMSG_FIRSTHDR(&message); one; one = CMSG_NXTHDR(&message, one)) {
        if (one->cmsg_level != SOL_SOCKET || one->cmsg_type != SCM_TIMESTAMPNS) continue;
        struct timespec time;
        memcpy(&time, CMSG_DATA(one), sizeof time);
        caller->arrived = time.tv_sec * INT64_C(1000000) + time.tv_nsec / 1000;
    }
}

static int is_whole(const struct caller *caller)
{
    const char *body = strstr(caller->answer, "\r\n\r\n");
    if (!body) return 0;
    for (const char *line = caller->answer; line < body; line = strstr(line, "\r\n") + 2)
        if (!strncasecmp(line, "content-length:", 15))
            return caller->have >= (size_t)(body + 4 - caller->answer) + strtoul(line + 15, NULL, 10);
    die("an answer has no length: %.300s", caller->answer);
    return 0;
}

static void play(struct caller *callers, size_t count, int poll, const char *request, size_t length, const char *expected)
{
    for (size_t i = 0; i < count; i++) {
        callers[i].have = 0;
        callers[i].began = now();
        if (send(callers[i].fd, request, length, MSG_NOSIGNAL) != (ssize_t)length)
            die("a request was not taken: %s", strerror(errno));
    }
    int64_t sent = callers[count - 1].began - callers[0].began, end = now() + PATIENCE_MS * INT64_C(1000);
    size_t whole = 0, wrong = 0;
    while (whole < count) {
        struct epoll_event events[512];
        int ready = epoll_wait(poll, events, 512, 1000);
        if (now() > end) die("%zu callers have no answer", count - whole);
        for (int i = 0; i < ready; i++) {
            struct caller *caller = events[i].data.ptr;
            receive(caller);
            if (!is_whole(caller)) continue;
            whole++;
            if (strncmp(caller->answer, "HTTP/1.1 200 ", 13) || !strstr(caller->answer, expected))
                if (!wrong++) fprintf(stderr, "crowd: a wrong answer: %.600s\n", caller->answer);
        }
    }
    if (wrong) die("%zu of %zu answers are wrong", wrong, count);
    printf("sent %lld\n", (long long)sent);
    for (size_t i = 0; i < count; i++)
        printf("%lld %lld\n", (long long)(callers[i].arrived - callers[i].began), (long long)(callers[i].read - callers[i].began));
    fflush(stdout);
}

int main(int arguments, char **argument)
{
    if (arguments < 3) die("usage: crowd CALLERS PORT...");
    size_t count = strtoul(argument[1], NULL, 10);
    struct caller *callers = calloc(count, sizeof *callers);
    int poll = epoll_create1(EPOLL_CLOEXEC);
    if (!count || !callers || poll < 0) die("%zu callers have no room", count);
    for (size_t i = 0; i < count; i++) {
        callers[i].fd = opened(atoi(argument[2 + i % (arguments - 2)]));
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &callers[i]};
        if (epoll_ctl(poll, EPOLL_CTL_ADD, callers[i].fd, &event) < 0) die("epoll: %s", strerror(errno));
    }
    puts("open");
    fflush(stdout);
    char line[256], request[LONGEST];
    while (fgets(line, sizeof line, stdin)) {
        char *expected = strchr(line, ' ');
        size_t length = strtoul(line, NULL, 10);
        line[strcspn(line, "\n")] = 0;
        if (!expected || !length || length > sizeof request || fread(request, 1, length, stdin) != length)
            die("a round is a line with a length and a text, and a request");
        play(callers, count, poll, request, length, expected + 1);
    }
    return 0;
}
