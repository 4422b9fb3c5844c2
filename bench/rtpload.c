// RTP load: for each line "a_ip a_port relay_ip relay_port b_ip b_port relay_ip relay_port" a socket on a sends to its relay
// port and one on b to the other, and what comes out of the relay is counted. Paced to a total of packets a second.
//   gcc -O2 -o rtpload rtpload.c
//   rtpload FILE SECONDS PACKETS_PER_SECOND
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static struct sockaddr_in address(const char *ip, int port) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    if (strncmp(ip, "127.", 4) || !inet_aton(ip, &a.sin_addr)) {
        fprintf(stderr, "loopback addresses only: %s\n", ip);
        exit(2);
    }
    return a;
}

int main(int count, char **arguments) {
    enum { MOST = 20000 };
    static int sockets[MOST];
    static unsigned short sequence[MOST];
    if (count != 4) return 2;
    FILE *file = fopen(arguments[1], "r");
    double seconds = atof(arguments[2]), rate = atof(arguments[3]);
    if (!file) { perror(arguments[1]); return 2; }
    int n = 0, poll = epoll_create1(0), port[4];
    char ip[4][32];
    while (n < MOST - 1 && fscanf(file, "%31s %d %31s %d %31s %d %31s %d", ip[0], &port[0], ip[1], &port[1], ip[2], &port[2], ip[3], &port[3]) == 8)
        for (int side = 0; side < 2; side++) {
            int s = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), buffer = 1 << 20;
            setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
            struct sockaddr_in own = address(ip[2 * side], port[2 * side]), relay = address(ip[2 * side + 1], port[2 * side + 1]);
            if (bind(s, (void *)&own, sizeof own) || connect(s, (void *)&relay, sizeof relay)) { perror("bind"); return 2; }
            struct epoll_event event = {EPOLLIN, {.u32 = n}};
            epoll_ctl(poll, EPOLL_CTL_ADD, s, &event);
            sockets[n++] = s;
        }
    if (!n) { fprintf(stderr, "no calls in %s\n", arguments[1]); return 2; }
    long sent = 0, got = 0;
    double begin = now();
    unsigned char packet[172] = {0x80, 0};
    int next = 0;
    struct epoll_event events[256];
    char received[2048];
    for (;;) {
        double t = now() - begin;
        if (t > seconds + 0.3) break;
        if (t < seconds) {
            long due = (long)(t * rate);
            for (int burst = 0; sent < due && burst < 64; burst++) {
                unsigned q = ++sequence[next], stamp = q * 160;
                packet[2] = q >> 8, packet[3] = q;
                packet[4] = stamp >> 24, packet[5] = stamp >> 16, packet[6] = stamp >> 8, packet[7] = stamp;
                packet[10] = next >> 8, packet[11] = next;
                (void)!send(sockets[next], packet, sizeof packet, 0);
                sent++;
                next = (next + 1) % n;
            }
        }
        int ready = epoll_wait(poll, events, 256, 0);
        for (int i = 0; i < ready; i++)
            while (recv(sockets[events[i].data.u32], received, sizeof received, 0) > 0) got++;
    }
    printf("{\"sent\":%ld,\"got\":%ld,\"loss_percent\":%.3f,\"seconds\":%.2f}\n", sent, got, 100.0 * (sent - got) / sent, seconds);
    return 0;
}
