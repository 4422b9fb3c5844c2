// A flood: datagrams of strangers from many addresses, as fast as asked or as fast as one core can.
//
//   gcc -O2 -o flood flood.c
//   flood SERVER_IP PORT FIRST_IP SOURCES DATAGRAMS_PER_SECOND SECONDS
//
// A third each are REGISTER, OPTIONS and INVITE as scanners send them; every tenth datagram is no SIP. What comes back is
// read and counted. Prints one line of JSON.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

int main(int count, char **arguments) {
    enum { BATCH = 64, MOST = 200 };
    if (count != 7) return 2;
    int sources = atoi(arguments[4]), sockets[MOST];
    double rate = atof(arguments[5]), seconds = atof(arguments[6]);
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[2]))}, own = {.sin_family = AF_INET};
    if (strncmp(arguments[1], "127.", 4) || strncmp(arguments[3], "127.", 4) || sources < 1 || sources > MOST ||
        !inet_aton(arguments[1], &server.sin_addr) || !inet_aton(arguments[3], &own.sin_addr)) {
        fprintf(stderr, "loopback addresses only, and at most %d of them\n", MOST);
        return 2;
    }
    unsigned first = ntohl(own.sin_addr.s_addr);
    for (int i = 0; i < sources; i++) {
        sockets[i] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        own.sin_addr.s_addr = htonl(first + i);
        if (bind(sockets[i], (void *)&own, sizeof own) || connect(sockets[i], (void *)&server, sizeof server)) { perror("bind"); return 2; }
    }
    static char text[BATCH][1024], received[2048];
    struct mmsghdr batch[BATCH];
    struct iovec vectors[BATCH];
    memset(batch, 0, sizeof batch);
    for (int i = 0; i < BATCH; i++) {
        vectors[i].iov_base = text[i];
        batch[i].msg_hdr.msg_iov = &vectors[i];
        batch[i].msg_hdr.msg_iovlen = 1;
    }
    const char *methods[] = {"REGISTER", "OPTIONS", "INVITE"};
    long sent = 0, bytes = 0, answers = 0, answer_bytes = 0;
    double begin = now(), t;
    for (int turn = 0; (t = now() - begin) < seconds; turn = (turn + 1) % sources) {
        if (rate > 0 && sent >= t * rate) {
            struct timespec pause = {0, 100000};
            nanosleep(&pause, 0);
            continue;
        }
        for (int i = 0; i < BATCH; i++) {
            long n = sent + i;
            vectors[i].iov_len = n % 10 == 9
                ? snprintf(text[i], sizeof text[i], "\x16\x03\x01 no SIP at all %ld", n)
                : snprintf(text[i], sizeof text[i],
                    "%s sip:100@%s SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK-%ld;rport\r\nMax-Forwards: 70\r\n"
                    "From: \"sipvicious\"<sip:100@1.1.1.1>;tag=%ld\r\nTo: \"sipvicious\"<sip:100@1.1.1.1>\r\nCall-ID: %ld\r\n"
                    "CSeq: 1 %s\r\nContact: <sip:100@127.0.0.1:5060>\r\nAccept: application/sdp\r\nUser-Agent: friendly-scanner\r\n"
                    "Content-Length: 0\r\n\r\n", methods[n % 3], arguments[1], n, n, n, methods[n % 3]);
        }
        int done = sendmmsg(sockets[turn], batch, BATCH, 0);
        for (int i = 0; i < done; i++) bytes += vectors[i].iov_len;
        if (done > 0) sent += done;
        for (int got, n = 0; n < 2 * BATCH && (got = recv(sockets[turn], received, sizeof received, 0)) > 0; n++) answers++, answer_bytes += got;
    }
    printf("{\"sent\":%ld,\"bytes\":%ld,\"answers\":%ld,\"answer_bytes\":%ld,\"rate\":%.0f}\n", sent, bytes, answers, answer_bytes, sent / seconds);
    return 0;
}
