/**
 * The platform's operations; part of the registry. For the `platformAdmin` alone: any other actor is `forbidden`.
 *
 * @module
 */
import {
  deleteAnyOrganization,
  purgeOrganization,
  restoreOrganization,
  resumeOrganization,
  suspendOrganization,
  updateAnyOrganization,
} from "./platform/commands.ts"
import { getAnyOrganization, listOrganizations, listPlatformActivity } from "./platform/queries.ts"

/** The platform: any organization, by its id, whatever its status. */
export const platform = {
  /** Every organization there is. Errors: `not_found` for one that never was, or is purged. */
  organizations: {
    /** A page of organizations, by id; filtered by status, searched by the start of the slug. */
    list: listOrganizations,
    /** One organization, with how many members, live invitations and keys it has. */
    get: getAnyOrganization,
    /** Changes name, slug, logo, time zone or metadata. Errors: `slug_taken`, `organization_inactive` (purging). */
    update: updateAnyOrganization,
    /**
     * Stops an organization: members read and change nothing, keys stop, mail waits. The `reason` shows in its activity.
     * Errors: `organization_inactive` (deleted, purging).
     */
    suspend: suspendOrganization,
    /** Lifts a suspension; everything works again at once. Errors: `organization_inactive` (deleted, purging). */
    resume: resumeOrganization,
    /**
     * Deletes an organization, whoever is in, as `organizations.delete` does. Errors: `organization_inactive` (purging).
     */
    delete: deleteAnyOrganization,
    /**
     * Undoes a deletion within `graceDays`: what there was is there again, a suspension too, bar the invitations and
     * keys that have expired since. Errors: `organization_inactive` (the time is up, purging).
     */
    restore: restoreOrganization,
    /**
     * Removes a deleted organization for good, once it can no longer be restored; its slug is free then. What is left is
     * one entry of `platform.activity`: its id, when, by whom. Writes in batches: where it was cut short, call it again.
     * Errors: `conflict` (not deleted, or not long enough ago), `unavailable`.
     */
    purge: purgeOrganization,
  },
  /** What the platform did. */
  activity: {
    /** A page of entries of every organization, newest first; of a purged one, that it was purged. */
    list: listPlatformActivity,
  },
}
