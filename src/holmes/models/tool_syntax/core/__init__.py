"""What the syntaxes share: reading JSON that models write, call shapes, the scanner."""
