package registry

// InChunks makes a Remote send what is larger than whole bytes in chunks of so
// many, so that tests need no large blobs.
func InChunks(r *Remote, whole, chunk int64) *Remote {
	r.limits.whole, r.limits.chunk = whole, chunk
	return r
}
