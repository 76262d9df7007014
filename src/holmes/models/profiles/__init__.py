"""What one server or model family needs differently, one file each."""
