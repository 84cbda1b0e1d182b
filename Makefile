# All the work is done by packaging/dev.py, which also runs on Windows: py packaging/dev.py run
PYTHON ?= python3
ARGS ?=

run test bench lint setup package clean:
	@$(PYTHON) packaging/dev.py $@ $(ARGS)

.DEFAULT_GOAL := run
.PHONY: run test bench lint setup package clean
