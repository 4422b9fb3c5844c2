#!/usr/bin/env python3
"""Ringwerk beside Kamailio and rtpengine: one core each for the server, the load on the other core, CPU from /proc.

    bench/run.py --ringwerk target/release/ringwerk [--only registrations,calls,media,size,flood] [--rounds 3] [--out docs/benchmarks]

Every figure is the median of the rounds; servers take turns within a round, so that a busy moment hits all of them.
Everything listens on 127.0.90.x. Needs: gcc, libssl-dev, sip-tester, kamailio, kamailio-postgres-modules, postgresql,
rtpengine-daemon (`scripts/bench-setup.sh` installs them).
"""

import argparse
import hashlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import report
import rtpengine
import sip

HERE = pathlib.Path(__file__).resolve().parent
SERVER, LOAD, ANSWERER, DATABASE = "127.0.90.1", "127.0.90.2", "127.0.90.3", "127.0.90.4"
SERVER_CORE, LOAD_CORE = "0", "1"
TICKS = os.sysconf("SC_CLK_TCK")
POSTGRESQL = pathlib.Path("/usr/lib/postgresql/15/bin")


# --- processes ---

STARTED = []


def pinned(core, *command, **options):
    process = subprocess.Popen(["taskset", "-c", core, *map(str, command)], **options)
    STARTED.append(process)
    return process


def stop_all():
    """Whatever happened: nothing that was started here goes on."""
    for process in STARTED:
        stop(process, signal.SIGKILL)


def family(pid):
    """The process and everything it started."""
    found, children = [pid], {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                parent = int(pathlib.Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()[1])
                children.setdefault(parent, []).append(int(entry))
            except OSError:
                pass
    for member in found:
        found += children.get(member, [])
    return found


def cpu_seconds(pid):
    total = 0
    for member in family(pid):
        try:
            fields = pathlib.Path(f"/proc/{member}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        except OSError:
            pass
    return total / TICKS


def resident_megabytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def stop(process, how=signal.SIGTERM):
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def until(what, condition, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.01)
    raise TimeoutError(f"waited {seconds} s for {what}")


def answers_options(address):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((LOAD, 0))
    s.settimeout(0.2)
    ip, port = s.getsockname()
    s.sendto((f"OPTIONS sip:ping@{address[0]} SIP/2.0\r\nVia: SIP/2.0/UDP {ip}:{port};branch=z9hG4bK{time.monotonic_ns()};rport\r\n"
              f"From: <sip:a@x>;tag=1\r\nTo: <sip:ping@x>\r\nCall-ID: {time.monotonic_ns()}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n"
              "Content-Length: 0\r\n\r\n").encode(), address)
    try:
        return s.recv(4096).startswith(b"SIP/2.0")
    except OSError:
        return False
    finally:
        s.close()


# --- the servers ---

class Ringwerk:
    name = "Ringwerk (durable)"

    def __init__(self, binary, folder, users):
        self.binary, self.data, self.users = binary, folder / f"ringwerk-{users}", users
        if not self.data.exists():
            made = subprocess.run([binary, "demo", "--data", self.data, "--users", str(users), "--json"], check=True, capture_output=True, text=True)
            (folder / f"demo-{users}.json").write_text(made.stdout)
        account = json.loads((folder / f"demo-{users}.json").read_text())
        self.domain = account["sipDomain"]
        self.people = [{"user": u["phones"][0]["sipId"], "password": u["phones"][0]["password"], "dial": u["extension"]}
                       for u in account["users"] if u["phones"] and u["extension"]]

    def start(self):
        begin = time.monotonic()
        self.process = pinned(SERVER_CORE, self.binary, "serve", "--data", self.data, "--http", f"{SERVER}:8080",
                              "--sip", f"{SERVER}:5060", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until("Ringwerk", lambda: answers_options((SERVER, 5060)))
        self.start_seconds = time.monotonic() - begin

    def pid(self):
        return self.process.pid

    def stop(self):
        stop(self.process)


class Kamailio:
    def __init__(self, folder, domain, people, postgres=None):
        self.name = "Kamailio on PostgreSQL" if postgres else "Kamailio (in memory)"
        self.folder, self.domain, self.people, self.postgres = folder / ("kamailio-pg" if postgres else "kamailio"), domain, people, postgres
        (self.folder / "dbtext").mkdir(parents=True, exist_ok=True)
        hashes = [(p["user"], hashlib.md5(f"{p['user']}:{domain}:{p['password']}".encode()).hexdigest()) for p in people]
        with open(self.folder / "dbtext" / "htable", "w") as f:
            f.write("id(int,auto) key_name(string) key_type(int) value_type(int) key_value(string) expires(int)\n")
            f.writelines(f"{i}:{user}:0:0:{ha1}:0\n" for i, (user, ha1) in enumerate(hashes, 1))
        (self.folder / "dbtext" / "version").write_text("table_name(string) table_version(int)\nhtable:2\nlocation:9\n")
        config = (HERE / "kamailio.cfg").read_text().replace("@LISTEN@", f"{SERVER}:5060").replace("@DATA@", str(self.folder))
        config = config.replace("perf.test", domain)
        if postgres:
            config = config.replace("@PGHOST@", DATABASE).replace("@PGPORT@", str(postgres.port))
            postgres.load(hashes, domain)
        (self.folder / "kamailio.cfg").write_text(config)

    def start(self):
        flags = ["-A", "WITH_PG"] if self.postgres else []
        self.process = pinned(SERVER_CORE, "kamailio", "-DD", "-E", "-m", "512", "-M", "16", "-f", self.folder / "kamailio.cfg",
                              "-Y", self.folder, "-w", self.folder, *flags, stdout=subprocess.DEVNULL,
                              stderr=open(self.folder / "log", "w"))
        until("Kamailio", lambda: answers_options((SERVER, 5060)))

    def pid(self):
        return self.process.pid

    def stop(self):
        stop(self.process)


class Postgres:
    """A private cluster for Kamailio, pinned to the server's core as well."""

    latest = None  # to be stopped at the end, also when it started and then something failed

    def __init__(self, folder):
        self.folder, self.port = folder / "postgres", 5432
        Postgres.latest = self
        self.as_user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        os.chmod(folder, 0o755)
        self.folder.mkdir()
        if self.as_user:
            shutil.chown(self.folder, "postgres")
        run = lambda *c: subprocess.run([*self.as_user, *map(str, c)], check=True, capture_output=True, cwd="/")
        run(POSTGRESQL / "initdb", "-D", self.folder / "data", "-A", "trust", "-U", "postgres")
        options = f"-c listen_addresses={DATABASE} -c port={self.port} -c unix_socket_directories={self.folder} -c max_connections=200"
        subprocess.run(["taskset", "-c", SERVER_CORE, *self.as_user, POSTGRESQL / "pg_ctl", "-D", self.folder / "data", "-w", "-o", options,
                        "-l", self.folder / "log", "start"], check=True, stdout=subprocess.DEVNULL, cwd="/")
        self.sql("CREATE ROLE kamailio LOGIN; CREATE DATABASE kamailio OWNER kamailio;".split(";")[:2], "postgres")
        scripts = "/usr/share/kamailio/postgres"
        for name in ("standard", "auth_db", "usrloc"):
            run("psql", "-q", "-h", DATABASE, "-p", self.port, "-U", "kamailio", "-d", "kamailio", "-f", f"{scripts}/{name}-create.sql")

    def sql(self, statements, database="kamailio", user="postgres"):
        for statement in statements:
            subprocess.run(["psql", "-q", "-h", DATABASE, "-p", str(self.port), "-U", user, "-d", database, "-c", statement], check=True)

    def load(self, hashes, domain):
        lines = "".join(f"{user}\t{domain}\t-\t{ha1}\t-\n" for user, ha1 in hashes)
        subprocess.run(["psql", "-q", "-h", DATABASE, "-p", str(self.port), "-U", "kamailio", "-d", "kamailio", "-c",
                        "COPY subscriber (username, domain, password, ha1, ha1b) FROM STDIN"], input=lines, text=True, check=True)

    def stop(self):
        subprocess.run([*self.as_user, POSTGRESQL / "pg_ctl", "-D", self.folder / "data", "-m", "fast", "stop"], check=False,
                       stdout=subprocess.DEVNULL, cwd="/")


# --- the scenarios ---

def registrations(servers, tools, folder, seconds, window):
    results = []
    for server in servers:
        file = folder / "users.txt"
        file.write_text("".join(f"{p['user']};{p['password']}\n" for p in server.people[:10000]))
        server.start()
        try:
            before = cpu_seconds(server.pid())
            out = subprocess.run(["taskset", "-c", LOAD_CORE, tools / "sipblast", "-s", f"{SERVER}:5060", "-b", LOAD, "-d", server.domain,
                                  "-u", file, "-n", "10000", "-t", str(seconds), "-w", str(window)], check=True, capture_output=True, text=True)
            cpu = cpu_seconds(server.pid()) - before
        finally:
            server.stop()
        load = json.loads(out.stdout)
        results.append({"server": server.name, "rate": load["rate"], "cpu_per_1000": 1000 * cpu / max(load["ok"], 1),
                        "failed": load["failed"], "p50_ms": load["p50_us"] / 1000, "p99_ms": load["p99_us"] / 1000})
        print("  registrations", results[-1], flush=True)
    return results


def sipp(*arguments, core=LOAD_CORE, **options):
    return pinned(core, "sipp", f"{SERVER}:5060", *arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)


def calls(servers, folder, rate, number):
    results = []
    for server in servers:
        callers, callees = server.people[:500], server.people[500:1000]
        own = isinstance(server, Ringwerk)
        auth = lambda p: f"[authentication username={p['user']} password={p['password']}]"
        (folder / "callees.csv").write_text("SEQUENTIAL\n" + "".join(f"{p['user']};{auth(p)}\n" for p in callees))
        (folder / "calls.csv").write_text("SEQUENTIAL\n" + "".join(
            f"{a['user']};{auth(a)};{b['dial'] if own else b['user']}\n" for a, b in zip(callers, callees)))
        scenarios = {}
        for scenario in ("register", "uac", "uas"):
            scenarios[scenario] = folder / f"{scenario}.xml"
            scenarios[scenario].write_text((HERE / "sipp" / f"{scenario}.xml").read_text().replace("perf.test", server.domain))
        server.start()
        answerer = None
        try:
            # The phones register from the address and port they are called at.
            done = sipp("-sf", scenarios["register"], "-inf", folder / "callees.csv", "-i", ANSWERER, "-p", "5060", "-m", "500", "-r", "500", "-nostdin")
            if done.wait(60):
                raise RuntimeError(f"registrations at {server.name} failed")
            answerer = sipp("-sf", scenarios["uas"], "-i", ANSWERER, "-p", "5060", "-nostdin")
            until("the answering phones", lambda: answers_options((ANSWERER, 5060)) or answerer.poll() is None)
            before = cpu_seconds(server.pid())
            caller = sipp("-sf", scenarios["uac"], "-inf", folder / "calls.csv", "-i", LOAD, "-p", "5070", "-m", str(number), "-r", str(rate),
                          "-d", "1000", "-nostdin", "-trace_stat", "-stf", folder / "stat.csv", "-fd", "1")
            try:
                caller.wait(60 + 2 * number / rate)
            finally:
                stop(caller)
            time.sleep(1.0)  # what the server still owes to the last calls belongs to their price
            cpu = cpu_seconds(server.pid()) - before
        finally:
            if answerer:
                stop(answerer)
            server.stop()
        rows = (folder / "stat.csv").read_text().splitlines()
        last = dict(zip(rows[0].split(";"), rows[-1].split(";")))
        good = int(last["SuccessfulCall(C)"])
        (folder / "stat.csv").unlink()
        results.append({"server": server.name, "calls": good, "failed": int(last["FailedCall(C)"]), "cpu_per_1000": 1000 * cpu / max(good, 1)})
        print("  calls", results[-1], flush=True)
    return results


def media(ringwerk, tools, folder, pairs, seconds, rate):
    results = []

    def measure(name, pid, lines):
        (folder / "pairs").write_text(lines)
        before = cpu_seconds(pid)
        out = subprocess.run(["taskset", "-c", LOAD_CORE, tools / "rtpload", folder / "pairs", str(seconds), str(rate)], check=True,
                             capture_output=True, text=True)
        cpu, load = cpu_seconds(pid) - before, json.loads(out.stdout)
        results.append({"server": name, "microseconds_per_packet": 1e6 * cpu / max(load["got"], 1), "loss_percent": load["loss_percent"]})
        print("  media", results[-1], flush=True)

    echo = pinned(SERVER_CORE, tools / "echo", SERVER, 7000)
    try:
        time.sleep(0.2)
        measure("plain UDP echo", echo.pid, "".join(
            f"{LOAD} {20000 + 4 * i} {SERVER} 7000 {ANSWERER} {20002 + 4 * i} {SERVER} 7000\n" for i in range(pairs)))
    finally:
        stop(echo)

    peer = pinned(SERVER_CORE, "rtpengine", "--table=-1", f"--interface={SERVER}", f"--listen-ng={SERVER}:2223", "-m", "30000", "-M", "39999",
                  "--foreground", "--log-stderr", "--num-threads=1", f"--pidfile={folder}/rtpengine.pid", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(1.0)
        if peer.poll() is not None:
            # Another one, left running, would answer in its place, and its CPU would count as nothing.
            raise RuntimeError("rtpengine does not start; is another one running?")
        control, lines = rtpengine.Control(LOAD, (SERVER, 2223)), ""
        describe = lambda ip, port: (f"v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n")
        for i in range(pairs):
            a, b = 20000 + 4 * i, 20002 + 4 * i
            common = {"call_id": f"bench-{i}", "from_tag": "a", "ICE": "remove"}
            towards_b = sip.media_address(control.ask(command="offer", sdp=describe(LOAD, a), **common)["sdp"])
            towards_a = sip.media_address(control.ask(command="answer", to_tag="b", sdp=describe(ANSWERER, b), **common)["sdp"])
            lines += f"{LOAD} {a} {towards_a[0]} {towards_a[1]} {ANSWERER} {b} {towards_b[0]} {towards_b[1]}\n"
        measure("rtpengine (user space)", peer.pid, lines)
    finally:
        stop(peer)

    ringwerk.start()
    try:
        lines, up = "", []
        for i in range(pairs):
            a, b = ringwerk.people[2 * i], ringwerk.people[2 * i + 1]
            caller = sip.Phone(LOAD, (SERVER, 5060), ringwerk.domain, a["user"], a["password"], 20000 + 4 * i)
            callee = sip.Phone(ANSWERER, (SERVER, 5060), ringwerk.domain, b["user"], b["password"], 20002 + 4 * i)
            callee.register()
            caller.invite(b["dial"], f"bench-{i}")
            towards_b = callee.answer()
            towards_a = caller.connected(f"bench-{i}")
            up.append((caller, callee))
            lines += f"{LOAD} {20000 + 4 * i} {towards_a[0]} {towards_a[1]} {ANSWERER} {20002 + 4 * i} {towards_b[0]} {towards_b[1]}\n"
        measure("Ringwerk", ringwerk.pid(), lines)
        # Else the next round would begin with calls that are taken up again, and with questions to phones that are gone.
        for caller, callee in up:
            caller.hang_up(callee)
    finally:
        ringwerk.stop()
    return results


def size(binary, tools, folder):
    """Memory and start-up with 100,000 users; idle memory with an ordinary company."""
    small = Ringwerk(binary, folder, 20)
    small.start()
    time.sleep(1.0)
    idle = resident_megabytes(small.pid())
    small.stop()
    big = Ringwerk(binary, folder, 100_000)
    big.start()
    empty = resident_megabytes(big.pid())
    file = folder / "all.txt"
    file.write_text("".join(f"{p['user']};{p['password']}\n" for p in big.people))
    out = subprocess.run(["taskset", "-c", LOAD_CORE, tools / "sipblast", "-s", f"{SERVER}:5060", "-b", LOAD, "-d", big.domain, "-u", file,
                          "-n", "100000", "-m", "100000", "-t", "120", "-w", "500"], check=True, capture_output=True, text=True)
    registered = json.loads(out.stdout)
    full = resident_megabytes(big.pid())
    big.stop()
    first_start = big.start_seconds
    big.start()
    again, restarted = big.start_seconds, resident_megabytes(big.pid())
    big.stop()
    result = {"idle_mb": idle, "users_100000_mb": empty, "registered_100000_mb": full, "registered": registered["ok"],
              "start_100000_s": first_start, "start_100000_registered_s": again, "restarted_mb": restarted}
    print("  size", result, flush=True)
    return result


def flood(binary, tools, folder, seconds, rate):
    """Registered phones call each other while strangers send all they can: memory, calls that came about, and how soon
    all is as before. Asserts nothing; the figures are to be read."""
    server = Ringwerk(binary, folder, 1_000)
    server.start()
    phones = []
    try:
        people = server.people[:40]
        for index, person in enumerate(people):
            phone = sip.Phone(LOAD if index % 2 else ANSWERER, (SERVER, 5060), server.domain, person["user"], person["password"], 20000 + 2 * index)
            phone.register()
            phones.append(phone)
        quiet, most, good, bad, setups = resident_megabytes(server.pid()), 0.0, 0, 0, []
        strangers = pinned(LOAD_CORE, tools / "flood", SERVER, 5060, "127.0.90.20", 100, rate, seconds, stdout=subprocess.PIPE, text=True)
        number = 0
        while strangers.poll() is None:
            pair = number % (len(people) // 2)
            callee, caller = phones[2 * pair], phones[2 * pair + 1]
            begin = time.monotonic()
            try:
                caller.invite(people[2 * pair]["dial"], f"flood-{number}")
                callee.answer(caller.repeat)
                caller.connected(f"flood-{number}", callee.tend)
                setups.append(time.monotonic() - begin)
                caller.hang_up(callee)
                good += 1
            except (TimeoutError, RuntimeError) as failure:
                bad += 1
                print(f"  a call failed: {failure}", flush=True)
                caller.drain(), callee.drain()
            number += 1
            most = max(most, resident_megabytes(server.pid()))
        sent = json.loads(strangers.stdout.read())
        time.sleep(5)
        after = []
        for _ in range(10):
            for phone in phones:
                begin = time.monotonic()
                phone.register()
                after.append(time.monotonic() - begin)
        rest = resident_megabytes(server.pid())
    finally:
        server.stop()
    p99 = lambda values: 1000 * sorted(values)[int(len(values) * 0.99)] if values else 0.0
    result = {"datagrams_a_second": sent["rate"], "bytes_in": sent["bytes"], "bytes_out": sent["answer_bytes"], "seconds": seconds,
              "quiet_mb": quiet, "most_mb": most, "after_mb": rest, "calls": good, "failed": bad, "setup_p99_ms": p99(setups),
              "registration_p99_ms_5_s_after": p99(after)}
    print("  flood", result, flush=True)
    return result


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--ringwerk", default="target/release/ringwerk")
    options.add_argument("--only", default="registrations,calls,media,size")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--seconds", type=float, default=8)
    options.add_argument("--window", type=int, default=400, help="registrations under way at once")
    options.add_argument("--rate", type=int, default=200, help="calls a second")
    options.add_argument("--calls", type=int, default=2000)
    options.add_argument("--out", default="docs/benchmarks", help="folder for the table, the plot and the raw figures")
    options.add_argument("--flood-seconds", type=float, default=60)
    options.add_argument("--flood-rate", type=int, default=50_000, help="datagrams a second of strangers, if one core can send so many")
    chosen = options.parse_args()
    # Ended from outside, it still cleans up behind itself.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    binary, only = pathlib.Path(chosen.ringwerk).resolve(), chosen.only.split(",")
    if not binary.exists():
        sys.exit(f"{binary} is missing: cargo build --release")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="ringwerk-bench-"))
    tools = folder / "tools"
    tools.mkdir()
    for tool, flags in (("sipblast", ["-lcrypto"]), ("rtpload", []), ("echo", []), ("flood", [])):
        subprocess.run(["gcc", "-O2", "-w", "-o", tools / tool, HERE / f"{tool}.c", *flags], check=True)
    found = {"registrations": [], "calls": [], "media": []}
    postgres = None
    try:
        ringwerk = Ringwerk(binary, folder, 10_000)
        memory = Kamailio(folder, ringwerk.domain, ringwerk.people)
        for number in range(chosen.rounds):
            print(f"round {number + 1} of {chosen.rounds}", flush=True)
            if "registrations" in only:
                if not postgres:
                    postgres = Postgres(folder)
                    on_postgres = Kamailio(folder, ringwerk.domain, ringwerk.people, postgres)
                found["registrations"] += registrations([ringwerk, memory, on_postgres], tools, folder, chosen.seconds, chosen.window)
            if "calls" in only:
                found["calls"] += calls([ringwerk, memory], folder, chosen.rate, chosen.calls)
            if "media" in only:
                found["media"] += media(ringwerk, tools, folder, 50, chosen.seconds, 20_000)
        if "size" in only:
            found["size"] = size(binary, tools, folder)
        if "flood" in only:
            found["flood"] = flood(binary, tools, folder, chosen.flood_seconds, chosen.flood_rate)
    finally:
        stop_all()
        if Postgres.latest:
            Postgres.latest.stop()
        shutil.rmtree(folder, ignore_errors=True)
    report.write(pathlib.Path(chosen.out), found, chosen)


if __name__ == "__main__":
    main()
