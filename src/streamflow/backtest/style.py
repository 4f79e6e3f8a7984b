"""How the report looks: light and dark, on screens of any width, and on paper."""

from typing import Final

STYLE: Final = """
:root { color-scheme: light dark; --page: #f4f5f7; --card: #ffffff; --ink: #16202c; --quiet: #5d6b7a; --rule: #e1e5ea;
  --first: #2459d6; --second: #d9730d; --bad: #d1293d; --good: #12855a; --plain: #a9b4c0; }
@media (prefers-color-scheme: dark) { :root { --page: #10151b; --card: #19212a; --ink: #e8edf2; --quiet: #9aa7b4; --rule: #2b3641;
  --first: #6d9bff; --second: #ffa04d; --bad: #ff6b7a; --good: #4cc795; --plain: #5c6a78; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1160px; margin: 0 auto; padding: 32px 20px 60px; }
header h1 { margin: 0; font-size: 28px; letter-spacing: -0.02em; }
header p { margin: 4px 0 0; color: var(--quiet); }
h2 { margin: 40px 0 14px; font-size: 19px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(230px, 1fr)); gap: 12px; margin-top: 22px; }
.tile, .card { background: var(--card); border: 1px solid var(--rule); border-radius: 12px; }
.tile { padding: 14px 16px; }
.tile b { display: block; font-size: 27px; line-height: 1.2; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.tile span { color: var(--quiet); font-size: 13px; }
.tile i { display: block; font-style: normal; font-size: 13px; color: var(--second); font-variant-numeric: tabular-nums; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(460px, 100%), 1fr)); gap: 16px; }
.card { padding: 16px 18px; overflow-x: auto; }
.card.wide { grid-column: 1 / -1; }
.card h3 { margin: 0; font-size: 15px; }
.card p { margin: 2px 0 10px; color: var(--quiet); font-size: 13px; }
svg { display: block; width: 100%; height: auto; }
svg text { font: 11.5px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: var(--quiet); }
svg text.name { fill: var(--ink); }
svg .grid { stroke: var(--rule); }
svg .line { fill: none; stroke-width: 2.2; stroke-linejoin: round; }
svg .dashed { stroke-dasharray: 5 4; }
svg .dot.quiet { fill: transparent; stroke: none; }
svg .dot.quiet:hover { fill: currentColor; }
.first { fill: var(--first); stroke: var(--first); } .second { fill: var(--second); stroke: var(--second); }
.bad { fill: var(--bad); stroke: var(--bad); } .good { fill: var(--good); stroke: var(--good); }
.plain { fill: var(--plain); stroke: var(--plain); }
svg .line { fill: none; } svg .fill { stroke: none; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; color: var(--quiet); border-bottom: 1px solid var(--rule); padding: 5px 14px 5px 0; }
td { padding: 5px 14px 5px 0; border-bottom: 1px solid var(--rule); white-space: nowrap; }
tr:last-child td { border-bottom: 0; }
td.number, th.number { text-align: right; }
.warning { margin-top: 18px; padding: 10px 16px; border-left: 4px solid var(--second); background: var(--card); border-radius: 6px; }
footer { margin-top: 40px; color: var(--quiet); font-size: 13px; }
@media print { body { background: none; } .card, .tile { break-inside: avoid; } }
"""
