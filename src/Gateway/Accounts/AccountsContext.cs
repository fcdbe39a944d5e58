using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace LiveCommerce.Gateway.Accounts;

/// <summary>Maps accounts onto the tables of migrations 0003_accounts, 0022_operators, 0040_operator_removals and 0043_private_rooms, which alone make and change them.</summary>
internal sealed class AccountsContext(DbContextOptions<AccountsContext> options) : DbContext(options)
{
    public DbSet<Account> Accounts => Set<Account>();

    public DbSet<StoredOperatorGrant> OperatorGrants => Set<StoredOperatorGrant>();

    public DbSet<ProtectionKey> ProtectionKeys => Set<ProtectionKey>();

    public DbSet<SigningKey> SigningKeys => Set<SigningKey>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        var account = modelBuilder.Entity<Account>();
        account.ToTable("account").HasKey(row => row.Id);
        account.Property(row => row.Id).HasColumnName("id");
        account.Property(row => row.UserName).HasColumnName("name").IsRequired();
        account.Property(row => row.NormalizedUserName).HasColumnName("name_key").IsRequired();
        account.Property(row => row.PasswordHash).HasColumnName("password_hash").IsRequired();
        account.Property(row => row.SecurityStamp).HasColumnName("security_stamp").IsRequired();
        account.Property(row => row.ConcurrencyStamp).HasColumnName("concurrency_stamp").IsConcurrencyToken();
        account.Property(row => row.Role).HasColumnName("role");
        account.Property(row => row.ApprovesFrom).HasColumnName("approves_from").HasConversion(Microseconds);
        account.Property(row => row.AccessFailedCount).HasColumnName("failed_sign_ins");
        account.Property(row => row.LockoutEnabled).HasColumnName("lockout_enabled");
        account.Property(row => row.LockoutEnd).HasColumnName("locked_until").HasConversion(Microseconds);
        account.Property(row => row.CreatedAt).HasColumnName("created_at").HasConversion(Microseconds);
        account.Ignore(row => row.Email).Ignore(row => row.NormalizedEmail).Ignore(row => row.EmailConfirmed)
            .Ignore(row => row.PhoneNumber).Ignore(row => row.PhoneNumberConfirmed).Ignore(row => row.TwoFactorEnabled);

        var grant = modelBuilder.Entity<StoredOperatorGrant>();
        grant.ToTable("operator_grant").HasKey(row => row.Id);
        grant.Property(row => row.Id).HasColumnName("id");
        grant.Property(row => row.AccountId).HasColumnName("account_id");
        grant.Property(row => row.AccountName).HasColumnName("account_name");
        grant.Property(row => row.ProposedBy).HasColumnName("proposed_by");
        grant.Property(row => row.ProposedByName).HasColumnName("proposed_by_name");
        grant.Property(row => row.ProposedAt).HasColumnName("proposed_at").HasConversion(Microseconds);
        grant.Property(row => row.State).HasColumnName("state");
        grant.Property(row => row.DecidedBy).HasColumnName("decided_by");
        grant.Property(row => row.DecidedByName).HasColumnName("decided_by_name");
        grant.Property(row => row.DecidedAt).HasColumnName("decided_at").HasConversion(Microseconds);
        grant.Property(row => row.ApprovesFrom).HasColumnName("approves_from").HasConversion(Microseconds);
        grant.Property(row => row.Role).HasColumnName("role");
        grant.Property(row => row.AloneFrom).HasColumnName("alone_from").HasConversion(Microseconds);

        var key = modelBuilder.Entity<ProtectionKey>();
        key.ToTable("protection_key").HasKey(row => row.Id);
        key.Property(row => row.Id).HasColumnName("id").ValueGeneratedOnAdd();
        key.Property(row => row.Name).HasColumnName("name");
        key.Property(row => row.Xml).HasColumnName("xml");

        var signing = modelBuilder.Entity<SigningKey>();
        signing.ToTable("signing_key").HasKey(row => row.Name);
        signing.Property(row => row.Name).HasColumnName("name");
        signing.Property(row => row.Secret).HasColumnName("secret");
    }

    /// <summary>Times are microseconds since 1970 in both databases.</summary>
    private static readonly ValueConverter<DateTimeOffset, long> Microseconds = new(
        time => (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond,
        stored => DateTimeOffset.UnixEpoch.AddTicks(stored * TimeSpan.TicksPerMicrosecond));
}
