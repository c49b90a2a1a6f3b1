"""What every room stands on: shared nouns, storage, access and the look. It knows no room."""
