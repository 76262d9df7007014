"""Every run on record: written as it happens, shown again, and gone on with after a kill."""
