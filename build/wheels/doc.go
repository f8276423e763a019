// Package wheels turns the Python lock files of a repository into what an image
// has installed, without running Python or a builder: Parse reads a lock,
// Resolve chooses for each package the archive that pip would choose for an
// interpreter, and Fetch brings the archives into a store by hash. What is read
// out of wheels, and where it goes in site-packages, is in the second half of
// the package.
//
// Everything is a function of the lock, of the Target (the facts of an
// interpreter, probed elsewhere) and of what indexes have under the lock's
// hashes. A hash that the lock doesn't name is never fetched.
package wheels
