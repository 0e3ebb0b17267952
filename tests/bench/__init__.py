"""What a plan costs the machine that it is made on: `make bench`."""
