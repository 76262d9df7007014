"""The toolsets that ship with HolmesGPT, one file each."""
