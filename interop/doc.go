// Command interop runs clients that others wrote against penstock kinesis: the AWS CLI, boto3, the
// JavaScript SDK over HTTP/2 and HTTP/1.1, and the Java SDK with its synchronous client (CBOR) and its
// asynchronous one (HTTP/2). It is not part of the product.
//
//	go run ./interop                          all clients; rewrites docs/reference/interop.md
//	go run ./interop -client java-async -v    one client, with all it prints; writes nothing
//
// It installs what is missing: programs by apt-get, libraries of the pinned versions by pip, npm and
// Maven into penstock-interop in the user's cache directory, which can be deleted at any time. A client that cannot be installed has failed, and so has an
// operation that a client says nothing about: there is no way to skip anything silently.
//
// Each client is a program in the directory clients. It finds the server by AWS_ENDPOINT_URL_KINESIS,
// and what makes the server fail by INTEROP_CONTROL, leaves out the operations named in
// INTEROP_WITHOUT, and prints a line for each of the others:
//
//	operation|ok|detail
//	operation|FAIL|detail
//
// besides version|<name and version of the library>. What an operation has to prove is said in
// operation.go; the programs all do the same. Retries are off, so that an answer that a client cannot
// read is not hidden by a second try. Each client has a server of its own.
package main
