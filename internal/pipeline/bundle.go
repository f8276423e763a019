package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/kube"
)

// Bundle is bundle.json: what the rendered files beside it are.
type Bundle struct {
	Version int    `json:"version"`
	Project string `json:"project"`
	Commit  string `json:"commit"`
	// Tool is the version of gantline that rendered them.
	Tool string `json:"tool"`
	// Images are the images by name, each by digest.
	Images map[string]string `json:"images"`
	// Files are the SHA-256 of each file, in hex.
	Files map[string]string `json:"files"`
}

// objectRecords are the objects as the record and the bundle name them.
func objectRecords(objects []kube.Object) ([]ObjectRecord, map[string][]byte, error) {
	records, files := make([]ObjectRecord, 0, len(objects)), map[string][]byte{}
	for _, object := range objects {
		content, err := object.YAML()
		if err != nil {
			return nil, nil, err
		}
		digest := sha256.Sum256(content)
		files[object.FileName()] = content
		records = append(records, ObjectRecord{
			Kind: object.ID.Kind, Name: object.Name, Flow: object.Flow,
			File: object.FileName(), SHA256: hex.EncodeToString(digest[:]),
		})
	}
	return records, files, nil
}

// writeBundle makes dir the bundle of the objects: one file an object and
// bundle.json. It is made beside dir and moved there whole.
func writeBundle(dir string, r *Record, objects []kube.Object, images []build.Image) error {
	records, files, err := objectRecords(objects)
	if err != nil {
		return err
	}
	bundle := Bundle{
		Version: 1, Project: r.Project, Commit: r.Commit, Tool: r.Tool,
		Images: map[string]string{}, Files: map[string]string{},
	}
	for _, image := range images {
		bundle.Images[image.Name] = image.Ref()
	}
	for _, object := range records {
		bundle.Files[object.File] = object.SHA256
	}
	text, err := json.MarshalIndent(bundle, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the bundle: %w", err)
	}
	files["bundle.json"] = append(text, '\n')
	r.Objects = records
	return replaceDir(dir, files)
}

// replaceDir makes a directory of the files and nothing else. Only the holder
// of the record's lock may call it; what a killed one left is replaced too.
func replaceDir(dir string, files map[string][]byte) error {
	temp := dir + ".new"
	if err := os.RemoveAll(temp); err != nil {
		return fmt.Errorf("removing what an earlier run left at %q: %w", temp, err)
	}
	if err := os.Mkdir(temp, 0o755); err != nil {
		return fmt.Errorf("writing %q: %w", dir, err)
	}
	defer os.RemoveAll(temp)
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(temp, name), content, 0o644); err != nil {
			return fmt.Errorf("writing %q: %w", dir, err)
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("replacing %q: %w", dir, err)
	}
	if err := os.Rename(temp, dir); err != nil {
		return fmt.Errorf("replacing %q: %w", dir, err)
	}
	return nil
}
