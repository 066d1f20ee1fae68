"""Draws the comparison with the peer as an SVG that is readable on light and dark pages."""

from xml.sax.saxutils import escape

import report

WIDTH, LEFT, BAR, RIGHT = 860, 330, 380, 150
ROW, TOP = 46, 64
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-size: 16px; font-weight: 600; }
  .quiet { fill: #59636e; font-size: 12px; }
  .ours { fill: #1a7f64; }
  .peer { fill: #b8bfc8; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .quiet { fill: #9198a1; }
    .ours { fill: #3fb897; }
    .peer { fill: #484f58; }
  }
"""
# The rows shown, by id, with what a bar stands for; each is less-is-better.
SHOWN = (
    ("M1 1000", "CPU per delivery, room of 1,000"),
    ("M2 1000", "the same at 1,000/s (socket.io: at 100/s)"),
    ("M3d 50", "CPU per delivery, 20 rooms of 50, 2 nodes"),
    ("M3d 5", "CPU per delivery, 200 rooms of 5, 2 nodes"),
    ("M4", "memory per idle connection"),
    ("M6", "CPU per reconnect"),
    ("M8 p99", "send to receive, p99, 2 nodes"),
)


def draw(document):
    found = {}
    for row in document["rows"]:
        if row["ours"] and row["peer"]:
            found.setdefault(row["id"], row)
    rows = [(found[id_], words) for id_, words in SHOWN if id_ in found]
    height = TOP + ROW * len(rows) + 34
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
             f'width="{WIDTH}" height="{height}" role="img" '
             'aria-label="Confab beside socket.io, shorter is better">',
             f"<style>{STYLE}</style>",
             text(16, 26, "Confab (every message committed) beside socket.io (nothing stored)",
                  "title"),
             text(16, 46, "shorter is better; each pair has its own scale", "quiet")]
    for place, (row, words) in enumerate(rows):
        parts += pair(TOP + ROW * place, row, words)
    machine = document["machine"]
    noise = "; other programs used it, too" if any(row.get("noisy") for row, _ in rows) else ""
    parts.append(text(16, height - 12,
                      f"{document['time']}, one machine with {machine['cpus']} CPUs{noise}; "
                      "./dev bench measures it on yours", "quiet"))
    return "\n".join(parts) + "\n</svg>\n"


def pair(top, row, words):
    most = max(row["ours"], row["peer"])
    parts = [text(16, top + 20, words)]
    for kind, value, offset, name in (("ours", row["ours"], 4, "Confab"),
                                      ("peer", row["peer"], 21, "socket.io")):
        length = max(2, BAR * value / most)
        parts.append(f'<rect class="{kind}" x="{LEFT}" y="{top + offset}" width="{length:.1f}" '
                     'height="14" rx="2"/>')
        unit = row["unit"].split(" per ")[0].replace("us", "µs")
        label = f"{report.number(value)} {unit}"
        parts.append(text(LEFT + length + 6, top + offset + 12, f"{label}  {name}", "quiet"))
    return parts


def text(x, y, words, kind=""):
    attribute = f' class="{kind}"' if kind else ""
    return f'<text{attribute} x="{x:.1f}" y="{y}">{escape(words)}</text>'
