"""Just enough SIP to set up calls whose media ports are known: phones that register, call and answer. Loopback only."""

import hashlib
import re
import select
import socket
import time


def _parameter(challenge, name):
    # Not to the end of the line: a \r taken along spoils every message it is put into.
    found = re.search(name + r'="?([^",;\r\n]+)', challenge)
    return found.group(1) if found else ""


class Phone:
    """One UDP socket, one user."""

    def __init__(self, ip, server, domain, user, password, media_port):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((ip, 0))
        self.ip, self.port = self.socket.getsockname()
        self.server, self.domain, self.user, self.password = server, domain, user, password
        self.media_port, self.sequence, self.nonce_count = media_port, 0, 0
        self.last = self.answered = None

    def description(self):
        return (f"v=0\r\no=- 1 1 IN IP4 {self.ip}\r\ns=-\r\nc=IN IP4 {self.ip}\r\nt=0 0\r\n"
                f"m=audio {self.media_port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=sendrecv\r\n")

    def send(self, text, to=None):
        self.socket.sendto(text.encode(), to or self.server)
        # ACKs and answers are not repeated by themselves.
        if not text.startswith(("ACK", "SIP/2.0")):
            self.last = (text.encode(), to or self.server)

    def receive(self, seconds=10.0, meanwhile=None):
        """The next message; every half second `meanwhile` (what UDP lost is said again), or the last request once more."""
        end = time.monotonic() + seconds
        while not select.select([self.socket], [], [], 0.5)[0]:
            if time.monotonic() > end:
                raise TimeoutError(f"{self.user} heard nothing for {seconds} s")
            (meanwhile or self.repeat)()
        data, source = self.socket.recvfrom(65535)
        return data.decode("utf-8", "replace"), source

    def repeat(self):
        if self.last:
            self.socket.sendto(*self.last)

    def tend(self):
        """Answers an INVITE that came again as before."""
        while select.select([self.socket], [], [], 0)[0]:
            data, _ = self.socket.recvfrom(65535)
            if data.startswith(b"INVITE ") and self.answered:
                self.socket.sendto(*self.answered)

    def drain(self):
        """Forgets what came too late to be waited for."""
        while select.select([self.socket], [], [], 0)[0]:
            self.socket.recvfrom(65535)

    def _request(self, method, uri, to_tag, call_id, headers="", body=""):
        self.sequence += 1
        tag = f";tag={to_tag}" if to_tag else ""
        return (f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {self.ip}:{self.port};branch=z9hG4bK-{call_id}-{self.sequence};rport\r\n"
                f"Max-Forwards: 70\r\nFrom: <sip:{self.user}@{self.domain}>;tag=f{call_id}\r\nTo: <{uri}>{tag}\r\n"
                f"Call-ID: {call_id}\r\nCSeq: {self.sequence} {method}\r\nContact: <sip:{self.user}@{self.ip}:{self.port}>\r\n"
                f"{headers}Content-Length: {len(body)}\r\n\r\n{body}")

    def _authorisation(self, answer, method, uri):
        name = "Authorization" if answer.startswith("SIP/2.0 401") else "Proxy-Authorization"
        challenges = [line for line in answer.split("\r\n") if "-authenticate:" in line.lower() and "SHA-256" not in line]
        realm, nonce, qop = (_parameter(challenges[0], key) for key in ("realm", "nonce", "qop"))
        digest = lambda text: hashlib.md5(text.encode()).hexdigest()
        ha1, ha2 = digest(f"{self.user}:{realm}:{self.password}"), digest(f"{method}:{uri}")
        middle = "00000001:0a4f113b:auth:" if qop else ""
        extra = ', qop=auth, nc=00000001, cnonce="0a4f113b"' if qop else ""
        response = digest(f"{ha1}:{nonce}:{middle}{ha2}")
        return (f'{name}: Digest username="{self.user}", realm="{realm}", nonce="{nonce}", uri="{uri}", '
                f'response="{response}", algorithm=MD5{extra}\r\n')

    def _final(self, call_id, meanwhile=None):
        while True:
            answer, _ = self.receive(meanwhile=meanwhile)
            if answer.startswith("SIP/2.0 ") and call_id in answer and not answer.startswith("SIP/2.0 1") and f"CSeq: {self.sequence} " in answer:
                self.last = None
                return answer

    def register(self):
        call_id, uri = f"r{self.port}", f"sip:{self.domain}"
        # To of a REGISTER is the own address, not the request URI.
        build = lambda headers: self._request("REGISTER", uri, "", call_id, headers).replace(f"To: <{uri}>", f"To: <sip:{self.user}@{self.domain}>")
        self.send(build("Expires: 3600\r\n"))
        answer = self._final(call_id)
        self.send(build("Expires: 3600\r\n" + self._authorisation(answer, "REGISTER", uri)))
        answer = self._final(call_id)
        if not answer.startswith("SIP/2.0 200"):
            raise RuntimeError(answer.split("\r\n")[0])

    def invite(self, number, call_id):
        """Sends the authenticated INVITE; the answer is fetched with `connected`."""
        uri = f"sip:{number}@{self.domain}"
        body, sdp = self.description(), "Content-Type: application/sdp\r\n"
        self.send(self._request("INVITE", uri, "", call_id, sdp, body))
        answer = self._final(call_id)
        tag = _parameter(re.search(r"(?im)^To:.*$", answer).group(0), ";tag")
        self.sequence -= 1
        self.send(self._request("ACK", uri, tag, call_id))
        self.send(self._request("INVITE", uri, "", call_id, sdp + self._authorisation(answer, "INVITE", uri), body))

    def answer(self, meanwhile=None):
        """Waits for an INVITE and accepts it; returns the address its media is to be sent to."""
        while True:
            request, source = self.receive(meanwhile=meanwhile)
            if request.startswith("INVITE "):
                break
        keep = "".join(line + "\r\n" for line in request.split("\r\n") if re.match(r"(?i)(via|from|call-id|cseq|record-route):", line))
        to = re.search(r"(?im)^To:.*$", request).group(0).strip() + f";tag=t{self.port}\r\n"
        body = self.description()
        self.answered = None
        text = (f"SIP/2.0 200 OK\r\n{keep}{to}Contact: <sip:{self.user}@{self.ip}:{self.port}>\r\n"
                f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n{body}")
        self.send(text, source)
        self.answered = (text.encode(), source)
        return media_address(request)

    def connected(self, call_id, meanwhile=None):
        """Waits for the 200, acknowledges it; returns the address the media is to be sent to."""
        answer = self._final(call_id, meanwhile)
        if not answer.startswith("SIP/2.0 200"):
            raise RuntimeError(answer.split("\r\n")[0])
        contact = re.search(r"(?im)^Contact:\s*<([^>]+)>", answer).group(1)
        tag = _parameter(re.search(r"(?im)^To:.*$", answer).group(0), ";tag")
        self.sequence -= 1
        self.send(self._request("ACK", contact, tag, call_id))
        self.dialog = (contact, tag, call_id)
        return media_address(answer)

    def hang_up(self, other):
        """Ends the call this phone made to `other`, a phone of ours as well."""
        contact, tag, call_id = self.dialog
        self.send(self._request("BYE", contact, tag, call_id))
        other.confirm("BYE", self.repeat)
        self._final(call_id)

    def confirm(self, method, meanwhile=None):
        """Waits for a request of this method and answers it 200; others are answered on the way."""
        while True:
            request, source = self.receive(meanwhile=meanwhile)
            name = request.split(" ")[0]
            if name in ("BYE", "OPTIONS", "INFO", "UPDATE"):
                keep = "".join(line + "\r\n" for line in request.split("\r\n") if re.match(r"(?i)(via|from|to|call-id|cseq|record-route):", line))
                self.send(f"SIP/2.0 200 OK\r\n{keep}Content-Length: 0\r\n\r\n", source)
            if name == method:
                return


def media_address(message):
    ip = re.search(r"(?m)^c=IN IP4 (\S+)", message).group(1)
    return ip, int(re.search(r"(?m)^m=audio (\d+)", message).group(1))
