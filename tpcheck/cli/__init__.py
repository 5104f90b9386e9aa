"""The command line: files, clock, streams and exit codes. It decides nothing about health."""
