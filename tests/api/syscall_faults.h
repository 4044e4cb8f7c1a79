/* System calls that fail when a test wants it: link it in, and these stand in front of the C
 * library's own, for the library under test too. They fail on threads of the server only. */
#ifndef API_SYSCALL_FAULTS_H
#define API_SYSCALL_FAULTS_H

/* On the test's own thread nothing fails. Call it first. */
void faults_spare_this_thread(void);
/* Takes all faults back. */
void faults_clear(void);

/* Every second call of those that a signal may interrupt fails with EINTR; so many did, since. */
void faults_interrupt(void);
long faults_interrupted(void);

/* accept4() fails with this error; so often it was called, since. 0: it works again. */
void faults_refuse_accept(int error);
long faults_accept_calls(void);

/* From here on calls are also counted in children of this process that are forked later, and their
 * calls here: those of accept4(), and the turns of event loops. */
void faults_share_counts(void);
long faults_turns(void);

/* pthread_create() on threads of the server fails with EAGAIN; so often it did, since. */
void faults_refuse_threads(void);
long faults_refused_threads(void);

/* pwrite() finds the disk full once this many bytes are written; negative: never. */
void faults_fill_disk_after(long bytes);

/* From here on, and on every thread, the machine has no sockets of this address family; 0: all. */
void faults_remove_family(int family);

#endif
