# SPDX-License-Identifier: MIT
"""Writes the built-in machines as C arrays: embed.py OUTPUT SELF MACHINE...; a machine's first line says what it is."""
import os
import sys

out, files = sys.argv[1], sys.argv[3:]
with open(out, "w", encoding="ascii") as c:
    c.write('#include "sim.h"\n')
    rows = []
    for path in files:
        with open(path, "rb") as f:
            text = f.read()
        name = os.path.basename(path).removesuffix(".machine")
        about = text.split(b"\n", 1)[0].decode("ascii").lstrip("# ").replace('"', "'")
        c.write(f"static const char {name}[] = {{\n")
        data = list(text) + [0]
        if max(data) > 127:
            sys.exit(f"{path}: not ASCII; write \\xNN")
        for i in range(0, len(data), 24):
            c.write("".join(f"{b}," for b in data[i:i + 24]) + "\n")
        c.write("};\n")
        rows.append(f'\t{{ "{name}", "{about}", {name} }},\n')
    c.write("const struct sim_machine sim_machines[] = {\n" + "".join(rows) + "\t{ 0 },\n};\n")
