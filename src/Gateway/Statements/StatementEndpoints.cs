using System.Text.Json.Serialization;
using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Agencies;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace LiveCommerce.Gateway.Statements;

/// <summary>Statements of the caller's own accounts, and what the caller has earned.</summary>
internal static class StatementEndpoints
{
    private const string CoinsName = "coins";
    private const string CsvType = "text/csv";
    private const int DaysMax = 366;
    private const int IncomeMax = 100;

    /// <summary>Movements of each account that are looked at for income: between them stands what became available.</summary>
    private const int LookedAt = 200;

    public static void MapStatements(this IEndpointRouteBuilder api)
    {
        api.MapGet("/statements/viewer", GetViewer).WithName("getViewerStatement").RequireCaller();
        api.MapGet("/statements/viewer.csv", GetViewerFile).WithName("getViewerStatementFile").RequireCaller().ProducesFile();
        api.MapGet("/statements/streamer", GetStreamer).WithName("getStreamerStatement").RequireCaller();
        api.MapGet("/statements/streamer.csv", GetStreamerFile).WithName("getStreamerStatementFile").RequireCaller().ProducesFile();
        api.MapGet("/statements/agency", GetAgency).WithName("getAgencyStatement").RequireCaller();
        api.MapGet("/statements/agency.csv", GetAgencyFile).WithName("getAgencyStatementFile").RequireCaller().ProducesFile();
        api.MapGet("/earnings", GetEarnings).WithName("getEarnings").RequireCaller();
        api.MapGet("/earnings/days", GetDays).WithName("getEarningsByDay").RequireCaller();
        api.MapGet("/earnings/lines", GetIncome).WithName("getIncome").RequireCaller();
    }

    /// <summary>Says in the OpenAPI document that a file comes, or a refusal.</summary>
    public static RouteHandlerBuilder ProducesFile(this RouteHandlerBuilder builder) => builder
        .Produces<string>(StatusCodes.Status200OK, CsvType)
        .Produces<Refusal>(StatusCodes.Status401Unauthorized)
        .Produces<Refusal>(StatusCodes.Status404NotFound)
        .Produces<Refusal>(StatusCodes.Status422UnprocessableEntity)
        .Produces<Refusal>(StatusCodes.Status429TooManyRequests);

    private static Task<Results<Ok<StatementView>, RefusalResult>> GetViewer(
        HttpContext context, StatementDesk desk, string? from, string? to, string? after, int take = 100) =>
        desk.PageAsync(LedgerAccount.Coins(context.Caller().Id), CoinsName, from, to, after, take);

    private static Task<IResult> GetViewerFile(HttpContext context, StatementDesk desk, string? from, string? to) =>
        desk.CsvAsync(LedgerAccount.Coins(context.Caller().Id), CoinsName, from, to);

    private static async Task<Results<Ok<StatementView>, RefusalResult>> GetStreamer(
        HttpContext context, StatementDesk desk, string? from, string? to, string? after, int take = 100, string account = "gifts")
    {
        var found = OwnAccount.OfStreamer(account, context.Caller().Id);
        return found.Ok ? await desk.PageAsync(found.Value.Account, account, from, to, after, take) : found.Refusal.ToHttp();
    }

    private static async Task<IResult> GetStreamerFile(
        HttpContext context, StatementDesk desk, string? from, string? to, string account = "gifts")
    {
        var found = OwnAccount.OfStreamer(account, context.Caller().Id);
        return found.Ok ? await desk.CsvAsync(found.Value.Account, account, from, to) : found.Refusal.ToHttp();
    }

    private static async Task<Results<Ok<StatementView>, RefusalResult>> GetAgency(
        HttpContext context, IGrainFactory grains, StatementDesk desk, string? from, string? to, string? after, int take = 100, string account = "pending")
    {
        var found = await AgencyAccountAsync(grains, context.Caller(), account);
        return found.Ok ? await desk.PageAsync(found.Value.Account, account, from, to, after, take) : found.Refusal.ToHttp();
    }

    private static async Task<IResult> GetAgencyFile(
        HttpContext context, IGrainFactory grains, StatementDesk desk, string? from, string? to, string account = "pending")
    {
        var found = await AgencyAccountAsync(grains, context.Caller(), account);
        return found.Ok ? await desk.CsvAsync(found.Value.Account, $"agency-{account}", from, to) : found.Refusal.ToHttp();
    }

    // The agency that the caller leads, and no other.
    private static async Task<Result<OwnAccount>> AgencyAccountAsync(IGrainFactory grains, Caller caller, string account)
    {
        var agency = await grains.GetGrain<IAgencyDeskGrain>(IAgencyDeskGrain.Key).GetMine(caller);
        return agency.Ok ? OwnAccount.OfAgency(account, agency.Value.AgencyId) : agency.Refusal;
    }

    private static async Task<Ok<EarningsSummary>> GetEarnings(HttpContext context, IGrainFactory grains) =>
        TypedResults.Ok(await Books(grains).GetEarnings(context.Caller().Id));

    private static async Task<Ok<EarningsDays>> GetDays(HttpContext context, IGrainFactory grains, int days = 30) =>
        TypedResults.Ok(new EarningsDays(await Books(grains).GetEarningsByDay(context.Caller().Id, Math.Clamp(days, 1, DaysMax))));

    private static async Task<Ok<Income>> GetIncome(HttpContext context, IGrainFactory grains, int take = 20)
    {
        take = Math.Clamp(take, 1, IncomeMax);
        var ledger = grains.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key);
        var gifts = ledger.GetLines(LedgerAccount.Earnings(context.Caller().Id), LookedAt).AsTask();
        var sales = ledger.GetLines(LedgerAccount.Sales(context.Caller().Id), LookedAt).AsTask();
        await Task.WhenAll(gifts, sales);
        return TypedResults.Ok(new Income([
            .. (await gifts).Select(line => IncomeLine.Of(line, LedgerUnit.Coins))
                .Concat((await sales).Select(line => IncomeLine.Of(line, LedgerUnit.UsdCents)))
                .Where(line => line.IsIncome)
                .OrderByDescending(line => line.At).ThenByDescending(line => line.EntryId).Take(take),
        ]));
    }

    private static ILedgerBooksGrain Books(IGrainFactory grains) => grains.GetGrain<ILedgerBooksGrain>(IGiftLedgerGrain.Key);
}

/// <summary>Earnings by day (UTC), oldest first, days without any included.</summary>
internal sealed record EarningsDays(IReadOnlyList<EarningsDay> Days);

/// <summary>What came in last, and what of it was taken back; newest first.</summary>
internal sealed record Income(IReadOnlyList<IncomeLine> Lines);

/// <summary>One movement.</summary>
/// <param name="Change">Signed.</param>
internal sealed record IncomeLine(
    Guid EntryId, LedgerEntryKind Kind, LedgerUnit Unit, long Change, DateTimeOffset At, string? RoomId, string? GiftId, int Quantity, string? Reference)
{
    /// <summary>What becomes available or repays a debt was income before.</summary>
    [JsonIgnore]
    public bool IsIncome => Change > 0 || Kind == LedgerEntryKind.Reversal;

    public static IncomeLine Of(LedgerLine line, LedgerUnit unit) =>
        new(line.EntryId, line.Kind, unit, line.Change, line.At, line.RoomId, line.GiftId, line.Quantity, line.Reference);
}
