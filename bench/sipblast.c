// REGISTER load: a 401 challenge and an authenticated REGISTER for each user, MD5, over UDP on loopback.
//
// Closed loop with a window of -w registrations under way, or paced with -r a second. Prints one line of JSON.
//   gcc -O2 -o sipblast sipblast.c -lcrypto
//   sipblast -s 127.0.90.1:5060 -b 127.0.90.2 -d perf.test -u users.txt [-n users] [-t seconds] [-w window] [-m count] [-r rate] [-o offset]
// users.txt: name;password, a line each. -b is the address the load comes from.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/md5.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { NAME = 24, PASSWORD = 48, LATENCIES = 4000000 };

typedef struct {
    int user, authorised, under_way, resent, length;
    double began, sent;
    unsigned round, cseq;
    char bytes[1500];
} Slot;

static char (*names)[NAME], (*passwords)[PASSWORD];
static const char *domain = "perf.test";
static Slot *slots;
// A user is registered once at a time: a repeated request of the last time would come after the next one, and be out of order.
static char *taken;
static int sock, local_port;
static char local_ip[32];
static struct sockaddr_in server;
static unsigned run;
static double *latencies;
static long latency_count;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static void md5(char out[33], const char *text) {
    unsigned char digest[16];
    MD5((const unsigned char *)text, strlen(text), digest);
    for (int i = 0; i < 16; i++) sprintf(out + 2 * i, "%02x", digest[i]);
}

static void build(int index, const char *authorisation) {
    Slot *s = &slots[index];
    const char *user = names[s->user];
    s->length = snprintf(s->bytes, sizeof s->bytes,
        "REGISTER sip:%s SIP/2.0\r\n"
        "Via: SIP/2.0/UDP %s:%d;branch=z9hG4bK-%x-%d-%u-%d;rport\r\n"
        "Max-Forwards: 70\r\n"
        "From: <sip:%s@%s>;tag=t%x%d%u\r\n"
        "To: <sip:%s@%s>\r\n"
        "Call-ID: %s-%x@%s\r\n"
        "CSeq: %u REGISTER\r\n"
        "Contact: <sip:%s@%s:%d>\r\n"
        "Expires: 3600\r\n"
        "User-Agent: perf-baseline/1.0\r\n"
        "%s"
        "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE\r\n"
        "Content-Length: 0\r\n\r\n",
        domain, local_ip, local_port, run, index, s->round, s->authorised, user, domain, run, index, s->round, user,
        domain, user, run, local_ip, s->cseq + s->authorised, user, local_ip, local_port, authorisation);
}

static void transmit(int index) {
    Slot *s = &slots[index];
    if (sendto(sock, s->bytes, s->length, 0, (void *)&server, sizeof server) < 0 && errno != EAGAIN) perror("send");
}

// The first parameter of that name in the message, with or without quotes.
static int parameter(const char *message, const char *name, char *out, int size) {
    const char *p = strstr(message, name);
    out[0] = 0;
    if (!p) return 0;
    p += strlen(name);
    int quoted = *p == '"', n = 0;
    for (p += quoted; *p && n < size - 1 && (quoted ? *p != '"' : *p != ',' && *p != '\r'); p++) out[n++] = *p;
    out[n] = 0;
    return 1;
}

// The challenge for MD5, wherever it stands among several.
static const char *md5_challenge(const char *message) {
    for (const char *p = message; (p = strstr(p, "WWW-Authenticate:")); p++) {
        const char *end = strstr(p, "\r\n"), *other = strstr(p, "SHA-256");
        if (!other || !end || other > end) return p;
    }
    return message;
}

static void authorise(int index, const char *message) {
    Slot *s = &slots[index];
    const char *challenge = md5_challenge(message);
    char realm[128], nonce[256], opaque[128], qop[64], text[512], ha1[33], ha2[33], response[33], header[1200];
    parameter(challenge, "realm=", realm, sizeof realm);
    parameter(challenge, "nonce=", nonce, sizeof nonce);
    parameter(challenge, "opaque=", opaque, sizeof opaque);
    int with_qop = parameter(challenge, "qop=", qop, sizeof qop);
    snprintf(text, sizeof text, "%s:%s:%s", names[s->user], realm, passwords[s->user]);
    md5(ha1, text);
    snprintf(text, sizeof text, "REGISTER:sip:%s", domain);
    md5(ha2, text);
    if (with_qop) snprintf(text, sizeof text, "%s:%s:00000001:0a4f113b:auth:%s", ha1, nonce, ha2);
    else snprintf(text, sizeof text, "%s:%s:%s", ha1, nonce, ha2);
    md5(response, text);
    int n = snprintf(header, sizeof header,
        "Authorization: Digest username=\"%s\",realm=\"%s\",nonce=\"%s\",uri=\"sip:%s\",response=\"%s\",algorithm=MD5",
        names[s->user], realm, nonce, domain, response);
    if (with_qop) n += snprintf(header + n, sizeof header - n, ",qop=auth,nc=00000001,cnonce=\"0a4f113b\"");
    if (opaque[0]) n += snprintf(header + n, sizeof header - n, ",opaque=\"%s\"", opaque);
    snprintf(header + n, sizeof header - n, "\r\n");
    s->authorised = 1;
    s->sent = now();
    s->resent = 0;
    build(index, header);
    transmit(index);
}

static void release(int index, int *free_slots, int *free_count) {
    slots[index].under_way = 0;
    taken[slots[index].user] = 0;
    free_slots[(*free_count)++] = index;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static struct sockaddr_in address(const char *text, int default_port) {
    struct sockaddr_in a = {.sin_family = AF_INET};
    char ip[32];
    int port = default_port;
    if (sscanf(text, "%31[^:]:%d", ip, &port) < 1 || strncmp(ip, "127.", 4) || !inet_aton(ip, &a.sin_addr)) {
        fprintf(stderr, "loopback addresses only: %s\n", text);
        exit(2);
    }
    a.sin_port = htons(port);
    return a;
}

int main(int count, char **arguments) {
    int option, users = 1000, window = 16, offset = 0;
    double seconds = 10, rate = 0;
    long most = 0;
    const char *file = "users.txt", *bind_to = "127.0.0.1";
    server = address("127.0.0.1:5060", 5060);
    while ((option = getopt(count, arguments, "s:b:d:u:n:t:w:m:r:o:")) > 0) switch (option) {
        case 's': server = address(optarg, 5060); break;
        case 'b': bind_to = optarg; break;
        case 'd': domain = optarg; break;
        case 'u': file = optarg; break;
        case 'n': users = atoi(optarg); break;
        case 't': seconds = atof(optarg); break;
        case 'w': window = atoi(optarg); break;
        case 'm': most = atol(optarg); break;
        case 'r': rate = atof(optarg); break;
        case 'o': offset = atoi(optarg); break;
        default: return 2;
    }
    names = calloc(users, NAME);
    passwords = calloc(users, PASSWORD);
    latencies = malloc(LATENCIES * sizeof *latencies);
    FILE *f = fopen(file, "r");
    if (!f) { perror(file); return 2; }
    int read_users = 0;
    while (read_users < users && fscanf(f, "%23[^;];%47s\n", names[read_users], passwords[read_users]) == 2) read_users++;
    users = read_users;
    if (!users) { fprintf(stderr, "no users in %s\n", file); return 2; }

    sock = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    int buffer = 8 << 20;
    setsockopt(sock, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
    struct sockaddr_in own = address(bind_to, 0);
    if (bind(sock, (void *)&own, sizeof own)) { perror("bind"); return 2; }
    socklen_t length = sizeof own;
    getsockname(sock, (void *)&own, &length);
    local_port = ntohs(own.sin_port);
    strcpy(local_ip, inet_ntoa(own.sin_addr));
    run = (unsigned)(now() * 1e6);
    slots = calloc(window, sizeof *slots);
    taken = calloc(users, 1);
    if (window > users) window = users;
    int *free_slots = malloc(window * sizeof *free_slots), free_count = 0;
    for (int i = window - 1; i >= 0; i--) free_slots[free_count++] = i;

    long started = 0, ok = 0, failed = 0, resent = 0, cseq = 0;
    int next_user = offset % users;
    double begin = now(), end = begin + seconds, last = begin, scanned = begin;
    static char received[64][4096];
    struct mmsghdr messages[64];
    struct iovec vectors[64];
    memset(messages, 0, sizeof messages);
    for (int i = 0; i < 64; i++) {
        vectors[i].iov_base = received[i];
        vectors[i].iov_len = sizeof received[i] - 1;
        messages[i].msg_hdr.msg_iov = &vectors[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    for (;;) {
        double t = now();
        int open = t < end && (!most || started < most);
        while (open && free_count && (rate == 0 || started < (t - begin) * rate) && (!most || started < most)) {
            int index = free_slots[--free_count];
            Slot *s = &slots[index];
            while (taken[next_user]) next_user = (next_user + 1) % users;
            s->user = next_user;
            taken[s->user] = 1;
            next_user = (next_user + 1) % users;
            s->authorised = 0;
            s->round++;
            s->cseq = 2 * (unsigned)++cseq;
            s->resent = 0;
            s->began = s->sent = t;
            build(index, "");
            transmit(index);
            s->under_way = 1;
            started++;
        }
        if (!open && free_count == window) break;
        if (t > end + 10) { failed += window - free_count; break; }
        int n = recvmmsg(sock, messages, 64, 0, NULL);
        if (n <= 0) {
            if (rate == 0 || free_count == 0) {
                struct pollfd p = {sock, POLLIN, 0};
                poll(&p, 1, 5);
            } else {
                struct timespec pause = {0, 50000};
                nanosleep(&pause, 0);
            }
        }
        for (int i = 0; i < n; i++) {
            char *message = received[i];
            message[messages[i].msg_len] = 0;
            if (strncmp(message, "SIP/2.0 ", 8)) continue;
            int code = atoi(message + 8), index, authorised;
            unsigned of_run, round;
            char *branch = strstr(message, "z9hG4bK-");
            if (!branch || sscanf(branch, "z9hG4bK-%x-%d-%u-%d", &of_run, &index, &round, &authorised) != 4) continue;
            if (of_run != run || index < 0 || index >= window) continue;
            Slot *s = &slots[index];
            if (round != s->round || authorised != s->authorised || !s->under_way || code < 200) continue;
            if (code == 401 && !s->authorised) { authorise(index, message); continue; }
            if (code == 200 && s->authorised) {
                ok++;
                last = now();
                if (latency_count < LATENCIES) latencies[latency_count++] = last - s->began;
            } else if (failed++ < 3) {
                fprintf(stderr, "unexpected %d: %.60s\n", code, message);
            }
            release(index, free_slots, &free_count);
        }
        t = now();
        if (t - scanned > 0.05) {
            scanned = t;
            for (int i = 0; i < window; i++) {
                Slot *s = &slots[i];
                if (!s->under_way || t - s->sent <= 0.5 * (1 << s->resent)) continue;
                if (s->resent >= 5) {
                    failed++;
                    release(i, free_slots, &free_count);
                } else {
                    s->resent++;
                    s->sent = t;
                    resent++;
                    transmit(i);
                }
            }
        }
    }
    qsort(latencies, latency_count, sizeof *latencies, ascending);
    double p50 = latency_count ? latencies[latency_count / 2] * 1e6 : 0;
    double p99 = latency_count ? latencies[(long)(latency_count * .99)] * 1e6 : 0;
    printf("{\"ok\":%ld,\"failed\":%ld,\"resent\":%ld,\"seconds\":%.3f,\"rate\":%.1f,\"p50_us\":%.0f,\"p99_us\":%.0f}\n", ok,
        failed, resent, last - begin, ok / (last - begin), p50, p99);
    return 0;
}
