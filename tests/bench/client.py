"""One measurement: a plan of all hosts of an inventory, in a process of its own."""

from __future__ import annotations

import json
import resource
import sys
import time

import aovpn_remediate as aovpn
import aovpn_remediate.transports.psrp.session


def main(playbook: str, inventory: str, folder: str) -> None:
    """Print hosts per second, CPU ms and requests per host, and peak memory as JSON."""
    journal = aovpn.Journal(f"sqlite:///{folder}/journal.sqlite")
    cpu, began = time.process_time(), time.perf_counter()
    plan = aovpn.plan([playbook], inventory, journal=journal)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    journal.close()
    hosts = len(plan.hosts)
    errors = [host.error for host in plan.hosts if host.error]
    if errors:
        sys.exit(f"{len(errors)} hosts could not be read: {errors[0]}")
    print(  # noqa: T201 - read by the benchmark
        json.dumps(
            {
                "hosts_per_second": hosts / seconds,
                "cpu_ms": cpu * 1000 / hosts,
                "requests": sum(host.requests for host in plan.hosts) / hosts,
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
