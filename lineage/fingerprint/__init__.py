"""From code and values to a manifest, and from a manifest to a fingerprint."""
