#!/usr/bin/env python3
"""Does the time of an answer tell whether a phone exists? (threat T7)

    bench/enumeration.py --ringwerk target/release/ringwerk [--number 10000]

Sends REGISTERs with a wrong password for phones that exist and for such that do not, in random order, and compares the times
to the answer with the test of Mann and Whitney. Prints medians and p; a p below 0.01, again and again, is a leak. Nothing is
asserted: a busy machine says anything once. The guesses come from the address of a registered phone,
since others are not heard for long.
"""

import argparse
import hashlib
import math
import pathlib
import random
import re
import shutil
import socket
import statistics
import tempfile
import time

import run
import sip


def guess(s, server, domain, user, number):
    """One challenge, one wrong answer; the seconds to the second 401."""
    ip, port = s.getsockname()
    aor, uri = f"sip:{user}@{domain}", f"sip:{domain}"

    def ask(sequence, extra):
        s.sendto((f"REGISTER {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {ip}:{port};branch=z9hG4bK{number}x{sequence};rport\r\nMax-Forwards: 70\r\n"
                  f"From: <{aor}>;tag=g\r\nTo: <{aor}>\r\nCall-ID: {number}\r\nCSeq: {sequence} REGISTER\r\nContact: <sip:{user}@{ip}:{port}>\r\n"
                  f"Expires: 300\r\nUser-Agent: enumeration\r\n{extra}Content-Length: 0\r\n\r\n").encode(), server)
        return s.recv(4096).decode()

    challenge = ask(1, "")
    nonce = re.search(r'nonce="([^"]+)"', challenge).group(1)
    digest = lambda text: hashlib.md5(text.encode()).hexdigest()
    response = digest(f"{digest(f'{user}:{domain}:wrong')}:{nonce}:00000001:c:auth:{digest(f'REGISTER:{uri}')}")
    proof = (f'Authorization: Digest username="{user}", realm="{domain}", nonce="{nonce}", uri="{uri}", response="{response}", '
             f'algorithm=MD5, qop=auth, nc=00000001, cnonce="c"\r\n')
    begin = time.perf_counter()
    answer = ask(2, proof)
    took = time.perf_counter() - begin
    if not answer.startswith("SIP/2.0 401"):
        raise RuntimeError(answer.split("\r\n")[0])
    return took


def mann_whitney(a, b):
    """Two-sided p, by the normal approximation; ties are too rare to matter."""
    ranked = sorted([(value, 0) for value in a] + [(value, 1) for value in b])
    ranks = sum(rank for rank, (_, group) in enumerate(ranked, 1) if group == 0)
    u = ranks - len(a) * (len(a) + 1) / 2
    mean, deviation = len(a) * len(b) / 2, math.sqrt(len(a) * len(b) * (len(a) + len(b) + 1) / 12)
    return math.erfc(abs(u - mean) / deviation / math.sqrt(2))


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--ringwerk", default="target/release/ringwerk")
    options.add_argument("--number", type=int, default=10_000, help="guesses of each kind")
    chosen = options.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="ringwerk-enumeration-"))
    server = run.Ringwerk(pathlib.Path(chosen.ringwerk).resolve(), folder, 1_000)
    server.start()
    try:
        # A registered phone's address is never shut out, so the guesses come from one.
        sip.Phone(run.LOAD, (run.SERVER, 5060), server.domain, server.people[0]["user"], server.people[0]["password"], 20000).register()
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind((run.LOAD, 0))
        s.settimeout(5)
        there = [person["user"] for person in server.people[1:]]
        # As long as real ones, in an account that is not there.
        absent = [re.sub(r"^\d+", "9999999", user) for user in there]
        order = [0, 1] * chosen.number
        random.shuffle(order)
        times = ([], [])
        for number, kind in enumerate(order):
            times[kind].append(guess(s, (run.SERVER, 5060), server.domain, random.choice((there, absent)[kind]), number))
        medians = [1e6 * statistics.median(group) for group in times]
        print(f"there {medians[0]:.1f} us, absent {medians[1]:.1f} us, p = {mann_whitney(*times):.3f} ({chosen.number} each)")
    finally:
        server.stop()
        run.stop_all()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
