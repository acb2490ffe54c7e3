package axis

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// maxUnpacked bounds what a zip may unpack to.
const maxUnpacked = 256 << 20

func badFile(format string, args ...any) error {
	return &refusal{codeFile, fmt.Sprintf(format, args...)}
}

// readAttachments holds manifest and attachments against each other, and
// unpacks every attachment.
func readAttachments(root, envelope *element) ([]Attachment, error) {
	listed, err := readManifest(envelope.at("edXMLBody", "edXMLManifest"))
	if err != nil {
		return nil, err
	}
	var files []Attachment
	seen := map[string]bool{}
	for _, a := range root.child("AttachmentEncoded").all("Attachment") {
		err := applyAll(a, []rule{
			{path: "ContentId", required: true},
			{path: "AttachmentName", required: true, max: 500},
			{path: "ContentType", required: true},
			{path: "ContentTransferEncoded", required: true},
		})
		if err != nil {
			return nil, inside("Attachment", err)
		}
		id, name := contentID(a), a.value("AttachmentName")
		switch {
		case seen[id]:
			return nil, badFormat("ContentId %s occurs more than once", id)
		case listed[id] == "":
			return nil, badFormat("attachment %s is not in edXMLManifest", id)
		case listed[id] != name:
			return nil, badFormat("attachment %s has another name in edXMLManifest", id)
		}
		seen[id] = true
		inner, err := unpack(name, a.value("ContentType"), a.value("ContentTransferEncoded"))
		if err != nil {
			return nil, err
		}
		files = append(files, Attachment{Name: name, SHA256: sum(inner), Size: len(inner)})
	}
	if len(seen) != len(listed) {
		return nil, badFormat("edXMLManifest lists %d files, %d are attached", len(listed), len(seen))
	}
	return files, nil
}

// readManifest gives the names by content identifier.
func readManifest(manifest *element) (map[string]string, error) {
	listed := map[string]string{}
	for _, r := range manifest.all("Reference") {
		err := applyAll(r, []rule{
			{path: "ContentId", required: true},
			{path: "ContentType", required: true},
			{path: "AttachmentName", required: true, max: 500},
		})
		if err != nil {
			return nil, inside("Reference", err)
		}
		id := contentID(r)
		if listed[id] != "" {
			return nil, badFormat("Reference %s occurs more than once", id)
		}
		listed[id] = r.value("AttachmentName")
	}
	if manifest != nil && !slices.ContainsFunc(manifest.attrs, isVersion) {
		return nil, badFormat("edXMLManifest needs version=\"1.0\"")
	}
	return listed, nil
}

// contentID is a ContentId without "cid:", which some gateways leave out.
func contentID(e *element) string { return strings.TrimPrefix(e.value("ContentId"), "cid:") }

// unpack decodes an attachment: the bytes of the file that was packed.
func unpack(name, contentType, encoded string) ([]byte, error) {
	data, err := decode(encoded)
	if err != nil {
		return nil, badFile("attachment %s is not base64", ascii(name))
	}
	ext := strings.ToLower(path.Ext(name))
	if contentType != "application/zip" || ext == ".zip" {
		if ext == ".pdf" && !bytes.HasPrefix(data, []byte("%PDF-")) {
			return nil, badFile("attachment %s is not a PDF", ascii(name))
		}
		return data, nil
	}
	return unzipOne(name, data)
}

// unzipOne unpacks the only entry of a zip.
func unzipOne(name string, data []byte) ([]byte, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil || len(z.File) != 1 {
		return nil, badFile("attachment %s must be a zip of one file", ascii(name))
	}
	entry := z.File[0]
	if strings.ContainsAny(entry.Name, `/\`) || strings.Contains(entry.Name, "..") {
		return nil, badFile("attachment %s has a path in its zip", ascii(name))
	}
	r, err := entry.Open()
	if err != nil {
		return nil, badFile("attachment %s cannot be unpacked", ascii(name))
	}
	inner, err := io.ReadAll(io.LimitReader(r, maxUnpacked+1))
	if err != nil || len(inner) > maxUnpacked {
		return nil, badFile("attachment %s cannot be unpacked", ascii(name))
	}
	return inner, nil
}

// decode reads base64 with or without line breaks.
func decode(encoded string) ([]byte, error) {
	if strings.ContainsAny(encoded, " \t\r\n") {
		encoded = strings.Join(strings.Fields(encoded), "")
	}
	return base64.StdEncoding.DecodeString(encoded)
}
