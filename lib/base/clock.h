/* clock.h - how much time passes. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

/** clock_seconds - by a clock that never jumps; only differences mean something. */
double clock_seconds(void);

#endif
