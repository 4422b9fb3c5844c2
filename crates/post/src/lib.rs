//! The post: hands mail to an SMTP server, or keeps it as files.
