"""Where the bytes of artifacts are kept, by their hash: `protocol` says what a store is, `folder` is the default."""
