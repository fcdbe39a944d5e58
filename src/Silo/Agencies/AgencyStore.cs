using System.Data.Common;
using Dapper;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Agencies;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Agencies;

/// <summary>Agencies and contracts as rows.</summary>
internal sealed class AgencyStore(Database database)
{
    private const string ContractColumns =
        """
        select c.id as Id, c.agency as Agency, a.name as AgencyName, c.streamer as Streamer, c.streamer_name as StreamerName, c.share as Share,
            c.since as Since, c.until as Until, c.state as State, c.offered_at as OfferedAt
        from agency_contract c join agency a on a.id = c.agency
        """;

    /// <summary>The agency of a leader; null when there is none.</summary>
    public async Task<(string Name, DateTimeOffset FoundedAt)?> FindAgencyAsync(string agencyId)
    {
        await using var connection = await database.OpenAsync();
        var row = await connection.QuerySingleOrDefaultAsync<AgencyRow>(
            "select name as Name, founded_at as FoundedAt from agency where id = @agencyId", new { agencyId });
        return row is null ? null : (row.Name, Microseconds.ToTime(row.FoundedAt));
    }

    public Task AddAgencyAsync(Person leader, string name, DateTimeOffset at) => database.WriteAsync((connection, transaction) =>
        connection.ExecuteAsync(
            "insert into agency(id, name, leader, founded_at) values (@Id, @name, @Leader, @At) on conflict (id) do nothing",
            new { leader.Id, name, Leader = leader.Name, At = Microseconds.Of(at) },
            transaction));

    public async Task<AgencyContract?> FindContractAsync(string contractId)
    {
        await using var connection = await database.OpenAsync();
        var row = await connection.QuerySingleOrDefaultAsync<ContractRow>($"{ContractColumns} where c.id = @contractId", new { contractId });
        return row?.ToContract();
    }

    /// <summary>Contracts of an agency or of a streamer, newest first.</summary>
    public async Task<IReadOnlyList<AgencyContract>> ListAsync(string? agencyId, string? streamerId, int take)
    {
        await using var connection = await database.OpenAsync();
        var rows = await connection.QueryAsync<ContractRow>(
            $"{ContractColumns} where {(agencyId is null ? "c.streamer = @streamerId" : "c.agency = @agencyId")} order by c.offered_at desc, c.id desc limit @take",
            new { agencyId, streamerId, take });
        return [.. rows.Select(row => row.ToContract())];
    }

    public Task AddContractAsync(AgencyContract contract) => database.WriteAsync((connection, transaction) =>
        connection.ExecuteAsync(
            """
            insert into agency_contract(id, agency, streamer, streamer_name, share, since, until, state, offered_at)
            values (@ContractId, @AgencyId, @StreamerId, @StreamerName, @Share, @Since, @Until, @State, @OfferedAt)
            """,
            new
            {
                contract.ContractId, contract.AgencyId, StreamerId = contract.Streamer.Id, StreamerName = contract.Streamer.Name, contract.Share,
                Since = Start(contract.From), Until = End(contract.Until), State = (int)contract.State, OfferedAt = Microseconds.Of(contract.OfferedAt),
            },
            transaction));

    /// <summary>Changes state, first and last day.</summary>
    public Task DecideAsync(AgencyContract contract, DateTimeOffset at) => database.WriteAsync((connection, transaction) =>
        connection.ExecuteAsync(
            "update agency_contract set state = @State, since = @Since, until = @Until, decided_at = @At where id = @ContractId",
            new { contract.ContractId, State = (int)contract.State, Since = Start(contract.From), Until = End(contract.Until), At = Microseconds.Of(at) },
            transaction));

    /// <summary>The platform's rates, oldest first.</summary>
    public async Task<IReadOnlyList<PlatformRate>> ListRatesAsync()
    {
        await using var connection = await database.OpenAsync();
        var rows = await connection.QueryAsync<RateRow>(
            "select version as Version, streamer_part as StreamerPart, since as Since from platform_rate order by since, version");
        return [.. rows.Select(row => new PlatformRate((int)row.Version, (int)row.StreamerPart, Microseconds.ToTime(row.Since)))];
    }

    public Task AddRateAsync(PlatformRate rate) => database.WriteAsync((connection, transaction) =>
        connection.ExecuteAsync(
            "insert into platform_rate(version, streamer_part, since) values (@Version, @StreamerPart, @Since)",
            new { rate.Version, rate.StreamerPart, Since = Microseconds.Of(rate.Since) },
            transaction));

    /// <summary>The contract that holds at a moment; null: none.</summary>
    public async Task<AgencyContract?> FindAgreedAsync(string streamerId, DateTimeOffset at)
    {
        await using var connection = await database.OpenAsync();
        var row = await connection.QueryFirstOrDefaultAsync<ContractRow>(
            $"{ContractColumns} where c.streamer = @streamerId and c.state = 1 and c.since <= @at and (c.until is null or c.until > @at) order by c.since, c.id limit 1",
            new { streamerId, at = Microseconds.Of(at) });
        return row?.ToContract();
    }

    /// <summary>The version of a rate with or without a contract; made when it is first used.</summary>
    public Task<ShareRate> ResolveAsync(PlatformRate platform, AgencyContract? contract) => database.WriteAsync(async (connection, transaction) =>
    {
        var found = await FindShareAsync(connection, transaction, platform.Version, contract?.ContractId);
        if (found is not null) { return found; }

        var agencyPart = contract is null ? 0 : platform.StreamerPart * contract.Share / 10_000;
        await connection.ExecuteAsync(
            """
            insert into share_rate(rate, platform_rate, contract, streamer_part, agency_part, agency)
            values ((select max(rate) + 1 from share_rate), @Platform, @Contract, @Streamer, @Agency, @AgencyId)
            """,
            new
            {
                Platform = platform.Version, Contract = contract?.ContractId, Streamer = platform.StreamerPart - agencyPart, Agency = agencyPart, contract?.AgencyId,
            },
            transaction);
        return (await FindShareAsync(connection, transaction, platform.Version, contract?.ContractId))!;
    });

    private static async Task<ShareRate?> FindShareAsync(DbConnection connection, DbTransaction transaction, int platform, string? contract)
    {
        var row = await connection.QuerySingleOrDefaultAsync<ShareRow>(
            """
            select rate as Rate, streamer_part as StreamerPart, agency_part as AgencyPart, agency as Agency
            from share_rate where platform_rate = @platform and coalesce(contract, '') = @contract
            """,
            new { platform, contract = contract ?? "" },
            transaction);
        return row is null ? null : new ShareRate((int)row.Rate, (int)row.StreamerPart, (int)row.AgencyPart, row.Agency);
    }

    private static long Start(DateOnly day) => Microseconds.Of(new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero));

    // The row says the first moment after the last day.
    private static long? End(DateOnly? lastDay) => lastDay is { } day ? Start(day.AddDays(1)) : null;

    private static DateOnly Day(long microseconds) => DateOnly.FromDateTime(Microseconds.ToTime(microseconds).UtcDateTime);

    private sealed class AgencyRow
    {
        public string Name { get; set; } = "";

        public long FoundedAt { get; set; }
    }

    private sealed class RateRow
    {
        public long Version { get; set; }

        public long StreamerPart { get; set; }

        public long Since { get; set; }
    }

    private sealed class ShareRow
    {
        public long Rate { get; set; }

        public long StreamerPart { get; set; }

        public long AgencyPart { get; set; }

        public string? Agency { get; set; }
    }

    private sealed class ContractRow
    {
        public string Id { get; set; } = "";

        public string Agency { get; set; } = "";

        public string AgencyName { get; set; } = "";

        public string Streamer { get; set; } = "";

        public string StreamerName { get; set; } = "";

        public long Share { get; set; }

        public long Since { get; set; }

        public long? Until { get; set; }

        public long State { get; set; }

        public long OfferedAt { get; set; }

        public AgencyContract ToContract() => new(
            Id, Agency, AgencyName, new Person(Streamer, StreamerName), (int)Share, Day(Since), Until is { } until ? Day(until).AddDays(-1) : null,
            (ContractState)State, Microseconds.ToTime(OfferedAt));
    }
}
