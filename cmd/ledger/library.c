/* library.c - loads libmicrohttpd, which no other verb of ledger needs. */
#include <dlfcn.h>
#include <string.h>

#include "http_private.h"

bool library_load(struct library *library)
{
	library->handle = dlopen("libmicrohttpd.so.12", RTLD_NOW);
	if (!library->handle)
		return false;
#define MHD_LOAD(name)                                                                                                 \
	{                                                                                                              \
		void *symbol = dlsym(library->handle, #name);                                                          \
                                                                                                                       \
		if (!symbol)                                                                                           \
			return false;                                                                                  \
		memcpy(&library->name, &symbol, sizeof(symbol));                                                       \
	}
	MHD_LIST(MHD_LOAD)
#undef MHD_LOAD
	return true;
}

void library_unload(struct library *library)
{
	if (library->handle)
		dlclose(library->handle);
	library->handle = NULL;
}
