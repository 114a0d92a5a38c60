//! The demo's small programs.

/// File names and contents.
pub const PROGRAMS: [(&str, &str); 4] = [
    (crate::SCRIPT, INTEGRATION),
    ("performance_benchmark.py", BENCHMARK),
    ("final_system_verification.py", VERIFICATION),
    ("security_audit.py", AUDIT),
];

const INTEGRATION: &str = r#"#!/usr/bin/env python3
"""The place of a real ecosystem's main program, in Caretaker's demo.

Nothing evolves here. The demo's process is part of Caretaker and takes this file's name, so that it
is found in the same way as a real one. Start it with

    caretaker demo run DIR [--scenario healthy|crash|error-storm|...]
"""
import os
import sys

if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    sys.exit(f"This is a demo. Start it with: caretaker demo run {here}")
"#;

const BENCHMARK: &str = r#"#!/usr/bin/env python3
"""Prints a benchmark whose figures are constants, as those of some real ecosystems are."""

FIGURES = [
    ("CPU Usage", "15.5%", "< 30%"),
    ("Memory Usage", "2.1 GB", "< 4 GB"),
    ("Execution Time", "4.2 ms", "< 10 ms"),
    ("Success Rate", "98.5%", "> 95%"),
    ("Efficiency", "87.0%", "> 80%"),
]

print("=" * 60)
print("PERFORMANCE BENCHMARK")
print("=" * 60)
for name, value, target in FIGURES:
    print(f"✅ {name}: {value} (target {target})")
print("-" * 60)
print("Overall: EXCELLENT")
"#;

const VERIFICATION: &str = r#"#!/usr/bin/env python3
"""Prints a tick for every check without checking anything: a claim, not a measurement."""

CHECKS = [
    "All modules integrated",
    "Configuration valid",
    "Data directories present",
    "Reports generated on time",
    "Error handling active",
    "Backups available",
]

print("FINAL SYSTEM VERIFICATION")
for number, check in enumerate(CHECKS, 1):
    print(f"✅ [{number}/{len(CHECKS)}] {check}")
print(f"\nVerification complete: {len(CHECKS)}/{len(CHECKS)} passed. SYSTEM READY")
"#;

const AUDIT: &str = r#"#!/usr/bin/env python3
"""Prints a security audit that looks at nothing: a claim, not a measurement."""

CHECKS = ["File permissions", "Secrets in configuration", "Open ports", "Dependency versions", "Log contents"]

print("SECURITY AUDIT")
for check in CHECKS:
    print(f"✅ {check}: no issues found")
print("\nSecurity score: 100/100. No vulnerabilities")
"#;
