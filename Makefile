.DEFAULT_GOAL := help
.PHONY: help run test check bench lock pictures faults
.SILENT:

help:      ## what can be asked for
	grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed 's/: *##/:/'

run:       ## serve the site on 127.0.0.1:$PORT (8000), set up first where something is missing
	bin/setup && exec .venv/bin/python bin/run

test:      ## every test, on SQLite and on PostgreSQL, browser included
	bin/setup dev && exec .venv/bin/python bin/test

check:     ## lint, format, types, import rules, templates, migrations, deployment, packages, Dockerfile
	bin/setup dev && exec bin/check

bench:     ## speed of server and browser against bare yardsticks, as a table (ten minutes; wants a quiet machine)
	bin/setup dev && exec .venv/bin/python bin/bench

faults:    ## break processes, databases and disks in full, with a table of figures (long; Ctrl-C, and it goes on)
	bin/setup dev && exec .venv/bin/python bin/faults

lock:      ## compile pyproject.toml into the hashed requirements files
	bin/setup dev && exec bin/lock

pictures:  ## take a picture of every page into var/pictures, and those of README.md and the staff handbook anew
	bin/setup dev && exec .venv/bin/python bin/pictures
