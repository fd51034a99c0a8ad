import { useQuery } from "@tanstack/react-query";
import { api, given } from "../../api/client";
import { usePick } from "../../i18n";

/** A company's accounts, by code. */
export const useChart = (company: string) =>
  useQuery({
    queryKey: ["chart", company],
    queryFn: () => given(api.GET("/api/v1/ledger/accounts", { params: { query: { company } } })),
    staleTime: 60_000,
  });

export const useBooks = (company: string) =>
  useQuery({ queryKey: ["books", company], queryFn: () => given(api.GET("/api/v1/ledger/books", { params: { query: { company } } })) });

/** An account as it is written in vouchers: "1122 应收账款". */
export function useAccountText(company: string): (code: string) => string {
  const pick = usePick();
  const chart = useChart(company);
  return (code) => {
    const account = chart.data?.find((each) => each.code === code);
    return account ? `${code} ${pick(account)}` : code;
  };
}
