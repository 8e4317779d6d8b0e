"""Examines the machine: tools, links, kernel, sandbox, disk, clock, environment. Changes nothing, knows no step."""
