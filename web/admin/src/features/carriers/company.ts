import { useQuery } from "@tanstack/react-query";
import { readPage, type Schema } from "../../api/client";
import { useGrant } from "../../app/session";

export const useCompanies = () => {
  const mayRead = useGrant("organization.read");
  return useQuery({ queryKey: ["companies"], queryFn: () => readPage<Schema<"Company">>("/api/v1/companies", {}, null), staleTime: 60_000, enabled: mayRead }).data?.items;
};

/** The company, where there is but one. */
export function useCompany(): string | undefined {
  const companies = useCompanies();
  return companies?.length === 1 ? companies[0]?.id : undefined;
}

export function useCurrency(): (companyId: string) => string {
  const companies = useCompanies();
  return (companyId) => companies?.find((each) => each.id === companyId)?.currency ?? "CNY";
}
