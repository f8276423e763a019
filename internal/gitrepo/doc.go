// Package gitrepo is the only place in Gantline that touches git.
//
// The git binary (2.39 or newer) opens repositories, reads, streams and writes;
// what it prints is parsed here and handed on as values. Everything else sees
// full hashes, Go strings that may hold any byte git allows in a path, and
// errors that say what to do. The work tree, the index and HEAD are never
// written to.
//
// A newcomer starts at Open, which finds the repository of a directory:
//
//	repo, err := gitrepo.Open(ctx, ".")
//	head, err := repo.Resolve(ctx, "HEAD")
//	files, err := repo.Tree(ctx, head.Tree)
//	blobs, err := repo.Blobs(ctx)
//	defer blobs.Close()
//	text, err := blobs.Read(files[0].Hash)
//
// Snapshot makes a commit of the work tree as it is, in objects that live in a
// temporary directory, so that everything that works on a commit works on
// uncommitted files too. FirstParents streams history with the paths that each
// commit changed. For what millions of objects are, Walk, EachStored and EachText
// stream them without allocating for each. WriteTree, CommitTree and UpdateRef
// make commits on a branch that is not checked out; Push publishes one with a
// lease.
//
// Three rules hold for every git process (see command): nothing prompts, nothing
// runs a hook, and nothing reaches the network but Push, FetchRef, RemoteRef,
// Prefetch and WithHistory with what it gives; LFSLogin may run ssh, and Credential git's credential helpers. In a
// partial clone a missing object is therefore a MissingError until Prefetch
// brought it, all in one request instead of one request each. What a shallow
// clone lacks is brought by WithHistory, into a repository of its own.
package gitrepo
