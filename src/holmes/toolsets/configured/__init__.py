"""Toolsets that need a section of the configuration: one a package, imported when one names it.

The package `grafana` makes `grafana/loki`, `grafana/tempo` and whatever has `type: grafana`. It has
`NAMES`, the sections that it can make with what each is for, and `from_section`; see
`holmes.tools.configured`.
"""
