using System.Data;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Accounts;

/// <summary>
/// Gives roles. An operator is made by two: one proposes, another approves, and the new one approves nothing for a time, so that nobody is
/// two operators by a second account. A single operator names the second alone; the time to wait holds all the same. An operator is removed by
/// two as well, or nobody would hinder one from being the single operator: by another one, by the one who goes, or, when there is no third,
/// after a time in which the one who is to go may object.
/// </summary>
internal sealed partial class OperatorDesk(
    AccountsContext accounts, UserManager<Account> users, AccountDirectory directory, IOptions<AccountOptions> options, TimeProvider time,
    ILogger<OperatorDesk> logger)
{
    /// <summary>Proposals that wait.</summary>
    public const int OpenMax = 20;

    /// <summary>Decided ones that are shown; all are kept.</summary>
    public const int DecidedShownMax = 50;

    private static readonly Refusal NotFound = new(RefusalCode.NotFound, "There is no such proposal. Reload the list.");

    private static readonly Refusal OperatorsOnly = new(RefusalCode.NotAllowed, "Only an operator gives roles, and only those that exist.");

    /// <summary>Gives an account another role and ends its sessions, so that none goes on with the old one; the role of an operator may only be proposed.</summary>
    public async Task<Result<RoleChange>> SetRoleAsync(Caller by, string name, PlatformRole role)
    {
        if (!by.Operates || !Enum.IsDefined(role)) { return OperatorsOnly; }
        await using var transaction = await accounts.Database.BeginTransactionAsync(IsolationLevel.Serializable);
        if (await users.FindByNameAsync(name.Trim()) is not { } account)
        {
            return new Refusal(RefusalCode.AccountNotFound, "There is no account of this name. Check how it is written.");
        }

        // So the last operator is never locked out: one who removes another stays.
        if (account.Id == by.Id) { return new Refusal(RefusalCode.NotAllowed, "Your own role is changed by another operator."); }
        if (account.Role == role) { return new RoleChange(account.ToPerson(), role); }

        // One who approves nothing yet is removed at once: whoever named a stranger undoes it before it counts.
        var isRemoval = account.Role == PlatformRole.Operator && !(account.ApprovesFrom > time.GetUtcNow());
        var given = isRemoval || role == PlatformRole.Operator ? await ProposeAsync(by, account, role) : await GiveAsync(account, role, approvesFrom: null);
        if (!given.Ok) { return given; }
        await transaction.CommitAsync();
        directory.Forget(account.Id);
        if (given.Value.Grant is not { } grant) { Log.RoleGiven(logger, account.Id, role, by.Id); }
        else if (grant.State == OperatorGrantState.NamedAlone) { Log.NamedAlone(logger, account.Id, by.Id, grant.ApprovesFrom!.Value); }
        else { Log.Proposed(logger, account.Id, role, grant.ProposedBy.Id); }
        return given;
    }

    /// <summary>
    /// Approves (another operator, who has not to wait) or takes back a proposal (any; not one's own removal while a third can decide it). The same again
    /// is answered with what it is.
    /// </summary>
    public async Task<Result<OperatorGrant>> DecideAsync(Caller by, string grantId, bool approve)
    {
        if (!by.Operates) { return OperatorsOnly; }
        await using var transaction = await accounts.Database.BeginTransactionAsync(IsolationLevel.Serializable);
        if (await accounts.OperatorGrants.SingleOrDefaultAsync(row => row.Id == grantId) is not { } grant) { return NotFound; }
        if (!grant.IsOpen)
        {
            return grant.State == (approve ? OperatorGrantState.Approved : OperatorGrantState.Withdrawn)
                ? grant.ToView()
                : new Refusal(RefusalCode.OperatorGrantDecided, "This has been decided otherwise. Reload the list.");
        }

        var operators = await accounts.Accounts.AsNoTracking().Where(row => row.Role == PlatformRole.Operator).ToListAsync();

        // Who approves nothing yet decides nothing between the two.
        var isThird = operators.Exists(row => row.Id != grant.AccountId && row.Id != grant.ProposedBy && !(row.ApprovesFrom > time.GetUtcNow()));
        if (approve)
        {
            if (RefuseApproval(by, grant, operators, isThird) is { } refusal) { return refusal; }
            if (await users.FindByIdAsync(grant.AccountId) is not { } account) { return DirectoryNotFound(grant); }
            grant.ApprovesFrom = grant.IsRemoval ? null : FirstApproval();
            await GiveAsync(account, grant.Role, grant.ApprovesFrom);
        }
        else if (grant.IsRemoval && by.Id == grant.AccountId && isThird)
        {
            return new Refusal(RefusalCode.SecondOperatorNeeded, "Another operator decides whether you stay one. Ask them.");
        }

        (grant.State, grant.DecidedAt) = (approve ? OperatorGrantState.Approved : OperatorGrantState.Withdrawn, Now());
        (grant.DecidedBy, grant.DecidedByName) = (by.Id, by.Person.Name);
        await accounts.SaveChangesAsync();
        await transaction.CommitAsync();
        directory.Forget(grant.AccountId);
        Log.Decided(logger, grant.AccountId, grant.Role, grant.State, grant.ProposedBy, by.Id);
        return grant.ToView();
    }

    /// <summary>Open ones first, then the newest decided ones.</summary>
    public async Task<Result<OperatorGrantList>> ListAsync(Caller by, CancellationToken cancellationToken)
    {
        if (!by.Operates) { return OperatorsOnly; }
        var grants = accounts.OperatorGrants.AsNoTracking().OrderByDescending(row => row.ProposedAt);
        var open = await grants.Where(row => row.State == OperatorGrantState.Proposed).Take(OpenMax).ToListAsync(cancellationToken);
        var decided = await grants.Where(row => row.State != OperatorGrantState.Proposed).Take(DecidedShownMax).ToListAsync(cancellationToken);
        return new OperatorGrantList([.. open.Concat(decided).Select(row => row.ToView())]);
    }

    private async Task<Result<RoleChange>> ProposeAsync(Caller by, Account account, PlatformRole role)
    {
        if (await accounts.OperatorGrants.SingleOrDefaultAsync(row => row.AccountId == account.Id && row.State == OperatorGrantState.Proposed) is { } known)
        {
            return known.Role == role
                ? new RoleChange(account.ToPerson(), account.Role, known.ToView())
                : new Refusal(RefusalCode.OperatorGrantDecided, $"Another role is proposed for {account.UserName} already. Decide that first.");
        }

        if (await accounts.OperatorGrants.CountAsync(row => row.State == OperatorGrantState.Proposed) >= OpenMax)
        {
            return new Refusal(RefusalCode.OperatorGrantDecided, $"{OpenMax} proposals wait already. Decide some first.");
        }

        var isRemoval = role != PlatformRole.Operator;
        var isAlone = !isRemoval && !await accounts.Accounts.AnyAsync(row => row.Role == PlatformRole.Operator && row.Id != by.Id);
        var now = Now();
        var grant = new StoredOperatorGrant
        {
            Id = Guid.CreateVersion7(now).ToString("N"),
            AccountId = account.Id,
            AccountName = account.UserName!,
            ProposedBy = by.Id,
            ProposedByName = by.Person.Name,
            ProposedAt = now,
            State = isAlone ? OperatorGrantState.NamedAlone : OperatorGrantState.Proposed,
            ApprovesFrom = isAlone ? FirstApproval() : null,
            Role = role,
            AloneFrom = isRemoval ? now.AddHours(options.Value.OperatorRemovalWaitHours) : null,
        };
        accounts.OperatorGrants.Add(grant);
        await accounts.SaveChangesAsync();
        if (isAlone) { await GiveAsync(account, PlatformRole.Operator, grant.ApprovesFrom); }
        return new RoleChange(account.ToPerson(), account.Role, grant.ToView());
    }

    /// <summary>Asks what is stored, not the session: that may be some seconds old.</summary>
    private Refusal? RefuseApproval(Caller by, StoredOperatorGrant grant, List<Account> operators, bool isThird)
    {
        if (operators.Find(row => row.Id == by.Id) is not { } approver) { return OperatorsOnly; }
        if (!operators.Exists(row => row.Id == grant.ProposedBy))
        {
            return new Refusal(RefusalCode.OperatorGrantDecided, "Who proposed this is no operator any more. Take it back, and propose it yourself.");
        }

        if (grant.IsRemoval && !operators.Exists(row => row.Id == grant.AccountId))
        {
            return new Refusal(RefusalCode.OperatorGrantDecided, $"{grant.AccountName} is no operator any more. Take the proposal back.");
        }

        var now = time.GetUtcNow();
        if (grant.ProposedBy == by.Id)
        {
            if (!grant.IsRemoval || isThird)
            {
                return new Refusal(RefusalCode.SecondOperatorNeeded, "You proposed this: another operator must approve it.");
            }

            if (now < grant.AloneFrom)
            {
                return new Refusal(
                    RefusalCode.SecondOperatorNeeded,
                    $"There is no third operator to approve this. {grant.AccountName} may agree, or object until {grant.AloneFrom:yyyy-MM-dd HH:mm} UTC; then you carry it out alone.");
            }
        }

        // Who agrees to go need not wait for that.
        return by.Id == grant.AccountId ? null : (by with { ApprovesFrom = approver.ApprovesFrom }).RefuseApproval(now);
    }

    private async Task<Result<RoleChange>> GiveAsync(Account account, PlatformRole role, DateTimeOffset? approvesFrom)
    {
        if (account.Role == PlatformRole.Operator && role != PlatformRole.Operator)
        {
            // Who could not object while there was a third has all the time to do so from now on.
            var from = Now().AddHours(options.Value.OperatorRemovalWaitHours);
            var open = await accounts.OperatorGrants
                .Where(row => row.State == OperatorGrantState.Proposed && row.Role != PlatformRole.Operator && row.AccountId != account.Id).ToListAsync();
            foreach (var removal in open) { removal.AloneFrom = from; }
        }

        (account.Role, account.ApprovesFrom) = (role, approvesFrom);

        // Stores the account too.
        var stored = await users.UpdateSecurityStampAsync(account);
        return stored.Succeeded ? new RoleChange(account.ToPerson(), role) : throw new InvalidOperationException($"Identity refused a role: {stored}.");
    }

    /// <summary>As exact as it is stored: an answer that is given again is the same.</summary>
    private DateTimeOffset Now()
    {
        var now = time.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }

    private DateTimeOffset FirstApproval() => Now().AddHours(options.Value.OperatorWaitHours);

    private static Refusal DirectoryNotFound(StoredOperatorGrant grant) =>
        new(RefusalCode.AccountNotFound, $"The account {grant.AccountName} is gone. Take the proposal back.");

    private static partial class Log
    {
        [LoggerMessage(EventId = 2503, Level = LogLevel.Warning, Message = "Account {AccountId} has the role {Role} now, by {OperatorId}")]
        public static partial void RoleGiven(ILogger logger, string accountId, PlatformRole role, string operatorId);

        [LoggerMessage(EventId = 2504, Level = LogLevel.Warning, Message = "Account {AccountId} is proposed for the role {Role} by {OperatorId}; another operator must approve")]
        public static partial void Proposed(ILogger logger, string accountId, PlatformRole role, string operatorId);

        [LoggerMessage(EventId = 2505, Level = LogLevel.Warning, Message = "Account {AccountId} is an operator now, named by {OperatorId} alone, who was the only one; it approves from {ApprovesFrom} on")]
        public static partial void NamedAlone(ILogger logger, string accountId, string operatorId, DateTimeOffset approvesFrom);

        [LoggerMessage(EventId = 2506, Level = LogLevel.Warning, Message = "That account {AccountId} becomes {Role}, as {ProposerId} proposed, is {State}, by {OperatorId}")]
        public static partial void Decided(ILogger logger, string accountId, PlatformRole role, OperatorGrantState state, string proposerId, string operatorId);
    }
}
