package expr

import "strings"

// LikeMatcher returns the test whether a text is like the pattern; fold disregards case. The error
// says what is wrong with the pattern.
func LikeMatcher(pattern string, fold bool) (func(text string) bool, error) {
	if fold {
		pattern = strings.ToLower(pattern)
	}
	like, err := compileLike(pattern, "")
	if err != nil {
		return nil, err
	}
	return func(text string) bool {
		if fold {
			text = strings.ToLower(text)
		}
		return like([]byte(text))
	}, nil
}
