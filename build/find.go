package build

import "context"

// Find asks the registry for the digest that a tag of the repository names;
// empty where there is no such tag.
func Find(ctx context.Context, remote *Remote, repository, tag string) (string, error) {
	repo, err := remote.open(ctx, repository)
	if err != nil {
		return "", err
	}
	head, err := repo.head(ctx, tag)
	if err != nil || head == nil {
		return "", err
	}
	return head.Digest.String(), nil
}

// Inspect is a published image as its manifest describes it, platform
// linux/amd64 where it is not an index; one without a digest where the
// repository has no such tag. It reads the manifest and no layer.
func Inspect(ctx context.Context, remote *Remote, repository, tag string) (Image, error) {
	repo, err := remote.open(ctx, repository)
	if err != nil {
		return Image{}, err
	}
	found, err := repo.manifest(ctx, repo.Tag(tag))
	if err != nil || found == nil {
		return Image{}, err
	}
	return foundImage(Spec{Repository: repository, Commit: tag}, found, Found)
}
