"""Holmes as an MCP server: other agents and editors ask it, scan with it, and use its tools."""
