// A plain UDP echo: what one packet in and one out cost at least. gcc -O2 -o echo echo.c; echo IP PORT
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

int main(int count, char **arguments) {
    if (count != 3) return 2;
    int s = socket(AF_INET, SOCK_DGRAM, 0), buffer = 8 << 20;
    setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[2]))}, from;
    if (!inet_aton(arguments[1], &own.sin_addr) || bind(s, (void *)&own, sizeof own)) { perror("bind"); return 2; }
    static char bytes[65536];
    for (;;) {
        socklen_t length = sizeof from;
        ssize_t n = recvfrom(s, bytes, sizeof bytes, 0, (void *)&from, &length);
        if (n > 0) (void)!sendto(s, bytes, n, 0, (void *)&from, length);
    }
}
