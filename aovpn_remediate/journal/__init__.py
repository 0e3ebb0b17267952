"""The journal of runs: results, leases, leftovers on hosts and pending confirmations."""
