"""The table and the plot of a run: medians, ratios within the run, and every single reading as JSON."""

import json
import pathlib
import platform
import statistics


def median_of(rows, server, key):
    values = [row[key] for row in rows if row["server"] == server and key in row]
    return statistics.median(values) if values else None


def servers(rows):
    return list(dict.fromkeys(row["server"] for row in rows))


def table(title, rows, columns, reference=None):
    """Markdown; the last column is the ratio of the first figure to the reference server's."""
    if not rows:
        return ""
    first = columns[0][0]
    base = median_of(rows, reference, first) if reference else None
    heads = ["", *(label for _, label, _ in columns), *([f"{columns[0][1]}, against {reference}"] if base else [])]
    lines = [f"## {title}", "", "| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for server in servers(rows):
        cells = [server]
        for key, _, form in columns:
            value = median_of(rows, server, key)
            cells.append("" if value is None else form.format(value))
        if base:
            cells.append(f"{median_of(rows, server, first) / base:.2f} times")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def plot(groups):
    """Horizontal bars, one group a scenario, plain SVG that reads in light and dark."""
    parts, y = [], 20
    for title, rows, key, form in groups:
        if not rows:
            continue
        parts.append(f'<text x="12" y="{y + 6}" class="title">{title}</text>')
        y += 22
        values = [(server, median_of(rows, server, key)) for server in servers(rows)]
        widest = max(value for _, value in values) or 1
        for server, value in values:
            own = ' class="own"' if server.startswith("Ringwerk") else ""
            parts.append(f'<text x="190" y="{y + 12}" text-anchor="end">{server}</text>'
                         f'<rect x="200" y="{y}" width="{max(360 * value / widest, 1):.1f}" height="16" rx="3"{own}/>'
                         f'<text x="{206 + 360 * value / widest:.1f}" y="{y + 12}">{form.format(value)}</text>')
            y += 22
        y += 16
    style = ("text{font:13px system-ui,sans-serif;fill:#10243E}.title{font-weight:600}rect{fill:#9AA9BD}.own{fill:#2457D6}"
             "@media(prefers-color-scheme:dark){text{fill:#E6ECF5}.own{fill:#7DA2FF}}")
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 680 {y}" role="img"><style>{style}</style>{"".join(parts)}</svg>\n'


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def write(folder, found, chosen):
    folder.mkdir(parents=True, exist_ok=True)
    raw = folder / "figures.json"
    merged = json.loads(raw.read_text()) if raw.exists() else {}
    merged.update({key: value for key, value in found.items() if value})
    raw.write_text(json.dumps(merged, indent=1) + "\n")
    found = {key: merged.get(key, []) for key in ("registrations", "calls", "media")} | {"size": merged.get("size"), "flood": merged.get("flood")}
    memory, engine = "Kamailio (in memory)", "rtpengine (user space)"
    text = ["# Measured beside others", "",
            f"Made by `make bench` on one core each for the server and for the load ({processor()}). Medians of {chosen.rounds} rounds in which",
            "the servers took turns; CPU seconds from /proc, user and system. Compare the ratios: absolute figures are this machine's.", "",
            "![The same figures as bars](benchmarks.svg)", ""]
    text.append(table("Authenticated registrations", found["registrations"],
                      [("cpu_per_1000", "CPU s per 1,000", "{:.4f}"), ("rate", "a second", "{:,.0f}"), ("p50_ms", "median ms", "{:.1f}"),
                       ("p99_ms", "p99 ms", "{:.1f}"), ("failed", "failed", "{:.0f}")], memory))
    text.append(table("Calls", found["calls"], [("cpu_per_1000", "CPU s per 1,000", "{:.3f}"), ("calls", "calls", "{:,.0f}"), ("failed", "failed", "{:.0f}")], memory))
    text.append(table("Audio packets relayed", found["media"],
                      [("microseconds_per_packet", "CPU µs per packet", "{:.2f}"), ("loss_percent", "lost %", "{:.3f}")], engine))
    if found["size"]:
        s = found["size"]
        text += ["## Size", "", "| | |", "|---|---|", f"| idle, 20 users | {s['idle_mb']:.0f} MB |", f"| 100,000 users, no phone registered | {s['users_100000_mb']:.0f} MB |",
                 f"| 100,000 registered phones | {s['registered_100000_mb']:.0f} MB |", f"| start with 100,000 users | {s['start_100000_s']:.2f} s |",
                 f"| start with 100,000 users and their registrations | {s['start_100000_registered_s']:.2f} s, then {s['restarted_mb']:.0f} MB |", ""]
    if found["flood"]:
        f = found["flood"]
        text += ["## A flood of strangers", "",
                 f"{f['datagrams_a_second']:,.0f} datagrams a second from 100 addresses for {f['seconds']:.0f} s, while 40 registered phones call each other "
                 "one after the other.", "", "| | |", "|---|---|",
                 f"| memory before, at most, after | {f['quiet_mb']:.0f}, {f['most_mb']:.0f}, {f['after_mb']:.0f} MB |",
                 f"| calls of registered phones | {f['calls']:,} of {f['calls'] + f['failed']:,}, p99 to the answer {f['setup_p99_ms']:.0f} ms |",
                 f"| bytes sent to strangers for each byte of theirs | {f['bytes_out'] / max(f['bytes_in'], 1):.2f} |",
                 f"| registrations 5 s later, p99 | {f['registration_p99_ms_5_s_after']:.1f} ms |", ""]
    (folder / "README.md").write_text("\n".join(text).rstrip() + "\n")
    (folder / "benchmarks.svg").write_text(plot([
        ("CPU seconds per 1,000 registrations", found["registrations"], "cpu_per_1000", "{:.4f}"),
        ("Registrations a second", found["registrations"], "rate", "{:,.0f}"),
        ("CPU seconds per 1,000 calls", found["calls"], "cpu_per_1000", "{:.3f}"),
        ("CPU microseconds per relayed packet", found["media"], "microseconds_per_packet", "{:.2f}")]))
    print((folder / "README.md").read_text())
