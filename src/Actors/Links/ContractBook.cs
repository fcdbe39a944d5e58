using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using LiveCommerce.Actors.Runtime;

namespace LiveCommerce.Actors.Links;

/// <summary>
/// All that crosses between processes, as lines <c>what = how</c>: methods of grains and observers with their arguments, and the members
/// of every record, event and enum that these lead to. Marks follow: <c>obsolete</c>, <c>optional</c> (may be missing), <c>read-first</c>
/// (<see cref="ReadFirstAttribute"/>). <c>reads X = …</c> says that readers let pass what they do not know of it.
/// </summary>
public sealed class ContractBook
{
    private const string Obsolete = " obsolete";
    private const string Optional = " optional";
    private const string ReadFirst = " read-first";
    private const string Anything = "anything";
    private static readonly string[] Marks = [Obsolete, Optional, ReadFirst];

    private readonly SortedDictionary<string, string> _lines = new(StringComparer.Ordinal);
    private readonly HashSet<Type> _seen = [];
    private readonly NullabilityInfoContext _nullability = new();
    private readonly JsonSerializerOptions _json;

    private ContractBook(JsonSerializerOptions json) => _json = json;

    /// <summary>The lines, sorted.</summary>
    public IEnumerable<string> Lines => _lines.Select(line => $"{line.Key} = {line.Value}");

    /// <summary>The same for two builds with the same contracts.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', Lines))))[..16];

    /// <summary>Reads the contracts of an assembly, or of some of its interfaces.</summary>
    public static ContractBook Of(Assembly contracts, JsonSerializerOptions json) => Of(contracts.GetTypes(), json);

    /// <summary>The contracts of these grain and observer interfaces.</summary>
    public static ContractBook Of(IEnumerable<Type> types, JsonSerializerOptions json)
    {
        var book = new ContractBook(json);
        foreach (var type in types.Where(type => type.IsInterface))
        {
            if (type.IsAssignableTo(typeof(IGrainWithStringKey)) && type != typeof(IGrainWithStringKey)) { book.AddInterface("call", GrainInterface.TypeNameOf(type), type); }
            else if (type.IsAssignableTo(typeof(IGrainObserver)) && type != typeof(IGrainObserver)) { book.AddInterface("notice", type.Name, type); }
        }

        return book;
    }

    /// <summary>
    /// What a program with these contracts would do to one of the released ones that is still alive beside it: nothing when every line is
    /// there as it was, and what is new does no harm to those who do not know it.
    /// </summary>
    /// <param name="released">Lines of a released program; empty ones and comments (<c>#</c>) are skipped.</param>
    /// <returns>A sentence a break, each says what to do instead.</returns>
    public IReadOnlyList<string> BreaksOf(IEnumerable<string> released)
    {
        List<string> breaks = [];
        var old = Parse(released);
        foreach (var (what, how) in old)
        {
            var wasObsolete = how.EndsWith(Obsolete, StringComparison.Ordinal);
            if (!_lines.TryGetValue(what, out var now))
            {
                if (!wasObsolete)
                {
                    breaks.Add($"\"{what}\" is released and gone: processes of the release before still use it. Keep it, mark it [Obsolete], "
                        + "release that (./dev contracts), and remove it in the release after.");
                }
            }
            else if (what.StartsWith("field ", StringComparison.Ordinal) && how.Contains(Optional, StringComparison.Ordinal) && !now.Contains(Optional, StringComparison.Ordinal))
            {
                breaks.Add($"\"{what}\" may be missing in what processes of the release before send, and is not optional any more. Leave it nullable, or with its default value.");
            }
            else if (Bare(now) != Bare(how))
            {
                breaks.Add($"\"{what}\" was \"{Bare(how)}\" and is \"{Bare(now)}\": processes of the release before cannot read it, or are not "
                    + "understood. Leave it as it was and add a member with another name beside it.");
            }
        }

        breaks.AddRange(_lines.Where(line => !old.ContainsKey(line.Key)).Select(line => BreakOfNew(line.Key, line.Value, old)).OfType<string>());
        return breaks;
    }

    /// <summary>Whether a released program has the same contracts: if not, the next release has another version.</summary>
    public bool IsSame(IEnumerable<string> released) => Lines.SequenceEqual(released.Where(line => line.Length > 0 && line[0] != '#'), StringComparer.Ordinal);

    /// <summary>What a line that is not released yet does to processes of the release before; null: no harm.</summary>
    private static string? BreakOfNew(string what, string how, Dictionary<string, string> old)
    {
        var (sort, name) = (what[..what.IndexOf(' ', StringComparison.Ordinal)], what[(what.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
        if (sort == "reads") { return null; }
        var owner = sort is "call" or "notice" ? "" : name[..name.LastIndexOf('.')];

        // Of something that is new itself nobody of the release before knows anything.
        var isKnown = sort is "call" or "notice"
            ? what.IndexOf('#', StringComparison.Ordinal) is > 0 and var at && old.ContainsKey(what[..at])
            : old.Keys.Any(line => line.StartsWith($"{sort} {owner}.", StringComparison.Ordinal));
        if (!isKnown) { return null; }

        var isOptional = how.Contains(Optional, StringComparison.Ordinal);
        var isSafe = how.Contains(ReadFirst, StringComparison.Ordinal) || old.GetValueOrDefault($"reads {owner}") == Anything;
        const string ReadItFirst = "Mark it [ReadFirst] and send it nowhere in this release (sending it fails); take the mark away in the release after.";
        return sort switch
        {
            "field" when !isOptional => $"\"{what}\" is a new field that processes of the release before do not send. Let it be nullable, or give it a default value.",
            "kind" when !isSafe => $"\"{what}\" is a new kind that processes of the release before cannot read, with all that comes in the same message. {ReadItFirst}",
            "value" when !isSafe => $"\"{what}\" is a new value that processes of the release before cannot read, with all that comes in the same message. {ReadItFirst}",
            "call" or "notice" when !isOptional => $"\"{what}\" is a new argument that callers of the release before do not send. Give it a default value, or add a method beside.",
            _ => null,
        };
    }

    private static Dictionary<string, string> Parse(IEnumerable<string> lines) => lines
        .Where(line => line.Length > 0 && line[0] != '#')
        .Select(line => line.Split(" = ", 2))
        .ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);

    private static string Bare(string how) =>
        Marks.Aggregate(how, (bare, mark) => bare.Replace(mark, "", StringComparison.Ordinal));

    private static string MarkOf(MemberInfo? member) =>
        (NeighbourJson.IsReadFirst(member) ? ReadFirst : "") + (member?.IsDefined(typeof(ObsoleteAttribute)) == true ? Obsolete : "");

    /// <summary>Whether a record is whole, as its author means it, when an older process leaves the member out.</summary>
    private bool IsOptional(Type type, JsonPropertyInfo member)
    {
        if (member.IsRequired) { return false; }
        if (Nullable.GetUnderlyingType(member.PropertyType) is not null) { return true; }
        if (member.AssociatedParameter is { } parameter)
        {
            return parameter.HasDefaultValue
                || (parameter.AttributeProvider is ParameterInfo info && !info.ParameterType.IsValueType && _nullability.Create(info).WriteState == NullabilityState.Nullable);
        }

        if (member.PropertyType.IsValueType) { return true; }

        // A property that its record fills by itself.
        var isNullable = member.AttributeProvider switch
        {
            PropertyInfo property => _nullability.Create(property).WriteState == NullabilityState.Nullable,
            FieldInfo field => _nullability.Create(field).WriteState == NullabilityState.Nullable,
            _ => false,
        };
        if (isNullable || type.IsAbstract || member.Get is null) { return isNullable; }
        try { return member.Get(JsonSerializer.Deserialize("{}", type, _json)!) is not null; }
        catch (Exception unmade) when (unmade is JsonException or NotSupportedException or ArgumentException or NullReferenceException) { return false; }
    }

    /// <summary>Whether the enum is written as a number: any passes then. Of names only those pass that are known.</summary>
    private bool ReadsAnyValue(Type type) =>
        Enum.GetValues(type) is { Length: > 0 } values && JsonSerializer.Serialize(values.GetValue(0), type, _json)[0] != '"';

    private void AddInterface(string kind, string name, Type type)
    {
        foreach (var method in GrainInterface.Of(type).Methods)
        {
            var info = method.Info;
            var what = $"{kind} {name}.{method.Name}";
            var result = info.ReturnType.IsGenericType ? info.ReturnType.GetGenericArguments()[0] : null;
            _lines[what] = $"{(result is null ? "nothing" : NameOf(result))}{(method.IsOneWay ? " one-way" : "")}{MarkOf(info)}";
            if (result is not null) { Add(result); }
            foreach (var parameter in info.GetParameters())
            {
                var place = parameter.Position.ToString(CultureInfo.InvariantCulture);
                _lines[$"{what}#{place}"] = $"{NameOf(parameter.ParameterType)}{(parameter.HasDefaultValue ? Optional : "")}{MarkOf(info)}";
                Add(parameter.ParameterType);
            }
        }
    }

    private void Add(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (!_seen.Add(type) || type.IsAssignableTo(typeof(IGrainObserver))) { return; }
        if (type.IsEnum)
        {
            foreach (var name in Enum.GetNames(type))
            {
                var value = Convert.ToInt64(Enum.Parse(type, name), CultureInfo.InvariantCulture);
                _lines[$"value {NameOf(type)}.{name}"] = value.ToString(CultureInfo.InvariantCulture) + MarkOf(type.GetField(name));
            }

            if (ReadsAnyValue(type)) { _lines[$"reads {NameOf(type)}"] = Anything; }
            return;
        }

        var info = _json.GetTypeInfo(type);
        switch (info.Kind)
        {
            case JsonTypeInfoKind.Object:
                AddMembers(type, info);
                break;
            case JsonTypeInfoKind.Enumerable:
                Add(info.ElementType!);
                break;
            case JsonTypeInfoKind.Dictionary:
                Add(info.KeyType!);
                Add(info.ElementType!);
                break;
            default:
                // Text, numbers, times, and what writes itself.
                break;
        }
    }

    private void AddMembers(Type type, JsonTypeInfo info)
    {
        foreach (var member in info.Properties.Where(member => member.Set is not null || member.AssociatedParameter is not null))
        {
            _lines[$"field {NameOf(type)}.{member.Name}"] =
                NameOf(member.PropertyType) + (IsOptional(type, member) ? Optional : "") + MarkOf(member.AttributeProvider as MemberInfo);
            Add(member.PropertyType);
        }

        if (info.PolymorphismOptions is not { } kinds) { return; }
        if (NeighbourJson.UnreadableOf(type) is not null) { _lines[$"reads {NameOf(type)}"] = Anything; }
        foreach (var kind in kinds.DerivedTypes)
        {
            _lines[$"kind {NameOf(type)}.{kind.TypeDiscriminator}"] = NameOf(kind.DerivedType) + MarkOf(kind.DerivedType);
            Add(kind.DerivedType);
        }
    }

    private static string NameOf(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } value) { return NameOf(value) + "?"; }
        if (type.IsArray) { return NameOf(type.GetElementType()!) + "[]"; }

        var isNested = type is { IsNested: true, IsGenericParameter: false };
        var name = isNested ? $"{NameOf(type.DeclaringType!)}.{type.Name}" : type.Name;
        if (!type.IsGenericType) { return name; }

        var tick = name.LastIndexOf('`');
        return $"{(tick < 0 ? name : name[..tick])}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>";
    }
}
