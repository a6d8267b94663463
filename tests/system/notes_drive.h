/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/notes_drive - a driver of the disk that does what it is told, and the tests of its lease (docs/protocols/lease.md).
 */
#pragma once

/* `notes drive`, started with device=disk: serves "drive". */
int drive(void);
/* The other side. */
void test_leases(void);
