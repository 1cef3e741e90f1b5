package kinesisserver

import (
	"maps"
	"slices"
	"strings"
	"unicode"
)

// Tag limits (AWS).
const (
	maxTags           = 50
	maxTagKeyLength   = 128
	maxTagValueLength = 256
)

// checkTags checks keys and values of tags to be set.
func checkTags(ck *checks, tags map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		ck.text("tags."+key+".key", key, 1, maxTagKeyLength)
		ck.text("tags."+key+".member", tags[key], 0, maxTagValueLength)
	}
}

func checkTagKeys(ck *checks, keys []string) {
	if !ck.required("tagKeys", keys != nil) {
		return
	}
	switch {
	case len(keys) == 0:
		ck.add("'[]'", "tagKeys", "have length greater than or equal to 1")
	case len(keys) > maxTags:
		ck.add(quoted("["+strings.Join(keys, ", ")+"]"), "tagKeys", "have length less than or equal to 50")
	}
	for _, key := range keys {
		ck.text("tagKeys", key, 1, maxTagKeyLength)
	}
}

// checkTagLimit checks what the model does not say: characters, and the number once merged.
func checkTagLimit(added, present map[string]string) error {
	merged := maps.Clone(present)
	if merged == nil {
		merged = map[string]string{}
	}
	for key, value := range added {
		if strings.ContainsFunc(key+value, isNoTagCharacter) {
			return errInvalidArgument("Some tags contain invalid characters. Valid characters: " +
				"Unicode letters, digits, white space, _ . / = + - %% @.")
		}
		if strings.HasPrefix(strings.ToLower(key), "aws:") {
			return errInvalidArgument("Tag keys must not start with aws:, which is reserved.")
		}
		merged[key] = value
	}
	if len(merged) > maxTags {
		return errInvalidArgument("Failed to add tags, because the resource would have more than %d tags.", maxTags)
	}
	return nil
}

func isNoTagCharacter(c rune) bool {
	return !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.IsSpace(c) && !strings.ContainsRune("_./=+-%@:", c)
}

// tagViews returns tags in the order of their keys.
func tagViews(tags map[string]string) []tagView {
	views := []tagView{}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		views = append(views, tagView{Key: key, Value: tags[key]})
	}
	return views
}
