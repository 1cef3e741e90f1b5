package kinesisserver

// CreateChannel, UpdateChannel, DeleteChannel, DescribeChannel, ListChannels
//
// Deliberately missing: channels deliver to S3 and S3 Tables, which are not here. All five operations
// say so.

func unsupported(c *call) (any, error) {
	return nil, errorf(codeUnsupportedByThisServer, "%s is not supported by this server: it has no channels.", c.op.name)
}
