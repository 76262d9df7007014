"""What a tool and a toolset are, and how they are read, approved and run."""
