#ifndef CKPT_ENGINE_BASE_ERROR_H
#define CKPT_ENGINE_BASE_ERROR_H

/*
 * A code for the program, a sentence for the person.
 *
 * Every call that can fail returns 0 or a negative enum error_code and takes a
 * struct error as its last argument. On failure outputs are untouched and the
 * error is filled; on success it is left alone. Each layer that knows more puts
 * what it was doing in front with error_context(). Only cli/ prints or exits.
 */
enum error_code {
	ERROR_SYSTEM = -1, /* a system call failed; sys_errno says which way */
	ERROR_FORMAT = -2, /* the input is not what it claims to be */
	ERROR_LIMIT = -3, /* a configured or built-in limit was reached */
	ERROR_MEMORY = -4, /* no memory */
	ERROR_USAGE = -5, /* the caller broke this API's contract */
	ERROR_NOT_KEPT = -6, /* bytes that have passed and were not kept */
	ERROR_INTERRUPTED = -7, /* the run was told to stop */
	ERROR_RULES = -8, /* rules did not compile; the diagnostics say why */
	ERROR_UNSUPPORTED = -9, /* understood, but not handled by this version */
	ERROR_TRUNCATED = -10, /* the input ends before what it describes */
	ERROR_TIMEOUT = -11, /* a deadline passed */
	ERROR_NOT_FOUND = -12, /* a name that nothing has */
};

struct error {
	enum error_code code;
	int sys_errno; /* 0 unless code is ERROR_SYSTEM */
	char message[1024]; /* one line, no line feed; always terminated */
};

/* Records a new failure and returns @code, so callers can "return error_set(...)". @err may be NULL. */
int error_set(struct error *err, enum error_code code, int sys_errno, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Puts "CONTEXT: " in front of what is already recorded; returns the recorded code. */
int error_context(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "no memory for WHAT"; returns ERROR_MEMORY. */
int error_no_memory(struct error *err, const char *what);

#endif
